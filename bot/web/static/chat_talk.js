// The talk: what was said, kept on this device to be shown again, and the rows that show it.

import { mine, myState, theirs } from './chat_bubbles.js';
import { byId, make, say } from './chat_dom.js';
import { kept } from './chat_kept.js';

const MAX_KEPT = 300; // messages shown again after a reload

export let items = []; // {key, who: 'me'|'bot', at, …}, oldest first
export let last = 0; // the number of the last message we were given

const list = byId('messages');
const log = byId('log');
const shown = new Map(); // key -> <li>
let lastDay = '';

export function loadLog(isQueued) {
  const saved = kept.get('log');
  items = Array.isArray(saved?.items) ? saved.items : [];
  last = saved?.last ?? 0;
  items.filter((item) => item.state === 'wait' && !isQueued(item.key)).forEach((item) => { item.state = 'bad'; });
  items.forEach(draw);
  settleChoices();
  toEnd();
}

export function saveLog() {
  joinOtherTab();
  for (let room = MAX_KEPT; room > 0; room = Math.floor(room / 2)) {
    if (kept.set('log', { last, items: items.slice(-room) })) return;
  }
}

export function joinOtherTab() {
  const saved = kept.get('log');
  const known = new Set(items.map((item) => item.key));
  const news = (saved?.items ?? []).filter((item) => !known.has(item.key) && item.at >= (items[0]?.at ?? 0));
  items.push(...news);
  news.forEach(draw);
  if (news.length) settleChoices();
}

export function adoptStates(isQueued) { // what another tab knows to be sent
  const sent = new Set((kept.get('log')?.items ?? []).filter((item) => item.state === 'sent').map((item) => item.key));
  items.filter((item) => item.state === 'wait' && sent.has(item.key) && !isQueued(item.key)).forEach((item) => {
    item.state = 'sent';
    redrawState(item);
  });
}

export function remember(item) {
  items.push(item);
  saveLog();
  draw(item);
  settleChoices();
}

export function hearMessage(frame) { // true when it is news
  if (frame.seq <= last) return false;
  last = frame.seq;
  const said = saidIn(frame);
  const low = atEnd();
  const old = frame.edit_of && items.find((item) => item.seqs?.includes(frame.edit_of));
  if (old) {
    delete old.picked;
    Object.assign(old, said, { at: old.at, seqs: [...old.seqs, frame.seq] });
    saveLog();
    draw(old);
    settleChoices();
  } else {
    remember({ key: `s${frame.seq}`, seqs: [frame.seq], ...said });
    shown.get(`s${frame.seq}`).classList.add('fresh');
  }
  if (low) toEnd();
  else if (!old) byId('below').hidden = false;
  return true;
}

function saidIn(frame) {
  return {
    who: 'bot',
    seq: frame.seq,
    at: frame.at ? Date.parse(frame.at) : Date.now(),
    text: String(frame.text ?? ''),
    choices: (frame.choices ?? []).map(({ id, label, url }) => ({ id: String(id), label: String(label), url: url || '' })),
    media: (frame.media ?? []).map(({ kind, url, name }) => ({ kind, url: String(url ?? ''), name: String(name ?? '') })),
    ask: frame.ask ?? '',
  };
}

export function startOver(isQueued) { // another session, or a server that no longer knows the old messages
  items = items.filter((item) => isQueued(item.key)); // what still waits to be sent goes on waiting
  last = 0;
  lastDay = '';
  kept.drop('log');
  shown.clear();
  list.replaceChildren();
  items.forEach(draw);
  saveLog();
}

export function forgetItem(key) {
  items = items.filter((item) => item.key !== key);
  shown.get(key)?.remove();
  shown.delete(key);
  const saved = kept.get('log');
  if (saved) kept.set('log', { ...saved, items: saved.items.filter((item) => item.key !== key) });
}

// ---------------------------------------------------------------- rows

function draw(item) {
  const old = shown.get(item.key);
  const row = item.who === 'me' ? mine(item) : theirs(item, items[items.indexOf(item) - 1]);
  shown.set(item.key, row);
  if (old) {
    old.replaceWith(row);
  } else {
    drawDay(item);
    list.append(row);
  }
}

function drawDay(item) {
  const day = new Date(item.at).toDateString();
  if (day === lastDay) return;
  lastDay = day;
  const ago = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(item.at).setHours(0, 0, 0, 0)) / 864e5);
  const words = [say('today'), say('yesterday')][ago] ?? new Intl.DateTimeFormat('vi', { dateStyle: 'long' }).format(item.at);
  if (ago > 0 || list.children.length) list.append(make('li', 'day', words));
}

export const standing = (id) => id.startsWith('/'); // a command holds for ever, any other choice belongs to its prompt
const asks = (item) => item.who === 'bot' && (item.ask || item.choices.some((choice) => !choice.url && !standing(choice.id)));

export function settleChoices() {
  const prompt = items.filter(asks).reduce((newest, item) => Math.max(newest, item.seq), 0);
  for (const item of items) {
    const row = item.who === 'bot' && shown.get(item.key)?.querySelector('.choices');
    if (!row) continue;
    const past = item.seq < prompt || Boolean(item.picked);
    row.classList.toggle('past', past && asks(item));
    row.querySelectorAll('button').forEach((made) => {
      const chosen = made.dataset.choice === item.picked;
      made.setAttribute('aria-disabled', String(past && !standing(made.dataset.choice)));
      made.classList.toggle('picked', chosen);
      made.querySelector('.vh')?.remove();
      if (chosen) made.append(make('span', 'vh', `, ${say('picked')}`));
    });
  }
}

export function pick(item, choice, key) {
  item.picked = choice.id;
  item.pickedBy = key;
  saveLog();
  settleChoices();
}

export function unpick(key) { // the press did not arrive
  const item = items.find((one) => one.pickedBy === key);
  if (!item) return;
  delete item.picked;
  delete item.pickedBy;
  settleChoices();
}

export function setState(key, state, why = '') {
  const item = items.find((one) => one.key === key);
  if (!item) return;
  Object.assign(item, { state, why });
  saveLog();
  redrawState(item);
}

export const redrawWaiting = () => items.filter((item) => item.state === 'wait').forEach(redrawState);

function redrawState(item) {
  const box = shown.get(item.key)?.querySelector('.meta');
  if (!box) return;
  const held = box.contains(document.activeElement);
  box.replaceWith(myState(item));
  if (held) byId('words').focus();
}

export function showProgress(key, done, of) {
  const box = shown.get(key)?.querySelector('.meta');
  if (!box) return;
  const bar = box.querySelector('progress') ?? box.insertBefore(make('progress'), box.lastChild);
  bar.max = of;
  bar.value = done;
  bar.setAttribute('aria-label', say('sending'));
}

// ---------------------------------------------------------------- where one is looking

let wasLow = true;
const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80;

export function toEnd() {
  byId('below').hidden = true;
  log.scrollTop = log.scrollHeight;
}

export function keepLow(change) { // who reads the end goes on reading the end
  const low = atEnd();
  change();
  if (low) toEnd();
}

export function watchScroll() {
  byId('below').addEventListener('click', () => { toEnd(); log.focus(); });
  log.addEventListener('scroll', () => {
    wasLow = atEnd();
    if (wasLow) byId('below').hidden = true;
  }, { passive: true });
  new ResizeObserver(() => { if (wasLow) toEnd(); }).observe(log);
  log.setAttribute('aria-live', 'polite'); // only now: what is old is not read out again
}
