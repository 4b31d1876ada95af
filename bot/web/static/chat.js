// The citizens' chat. What a person says goes through a queue that survives closing the page and is sent in order, each
// with one id until it is acknowledged; what they were told is kept here to be shown again when they come back.

const MAX_FILES = 10;
const MAX_FILE_BYTES = 20 * 1024 * 1024;
const MAX_FRAME_BYTES = 60000;
const MAX_KEPT = 300; // messages shown again after a reload
const ACK_SECONDS = 20;
const PING_SECONDS = 25;
const MEDIA_URL = /^\/media\/[^\\]*$/;

const byId = (id) => document.getElementById(id);
const texts = JSON.parse(byId('texts').textContent);
const say = (key, values = {}) => (texts[key] || key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));
const touches = matchMedia('(pointer: coarse)').matches;
const pageTitle = document.title;

// ---------------------------------------------------------------- what this device remembers

const kept = (() => {
  let disk = null;
  try { disk = window.localStorage; } catch { /* forbidden: remember while the page is open */ }
  const memory = new Map();
  return {
    get(key) {
      try { return JSON.parse(disk?.getItem(`langnghe.${key}`) ?? memory.get(key) ?? 'null'); } catch { return null; }
    },
    set(key, value) {
      memory.set(key, JSON.stringify(value));
      try { disk?.setItem(`langnghe.${key}`, JSON.stringify(value)); } catch { return false; } // full
      if (disk) memory.delete(key);
      return true;
    },
    drop(key) {
      memory.delete(key);
      try { disk?.removeItem(`langnghe.${key}`); } catch { /* as above */ }
    },
    keys(prefix) {
      const found = new Set(memory.keys());
      try { Object.keys(disk ?? {}).forEach((key) => key.startsWith('langnghe.') && found.add(key.slice(9))); } catch { /* as above */ }
      return [...found].filter((key) => key.startsWith(prefix)).sort();
    },
  };
})();

const files = (() => { // photos waiting to be sent, and thumbnails: IndexedDB where there is one, else memory
  const memory = new Map();
  const base = new Promise((done) => {
    try {
      const opening = indexedDB.open('langnghe', 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore('files');
      opening.onsuccess = () => done(opening.result);
      opening.onerror = () => done(null);
    } catch { done(null); }
  });
  const ask = async (mode, request) => {
    const db = await base;
    return db && new Promise((done) => {
      try {
        const asked = request(db.transaction('files', mode).objectStore('files'));
        asked.onsuccess = () => done(asked.result);
        asked.onerror = () => done(null);
      } catch { done(null); }
    });
  };
  return {
    async put(key, blob) { // a copy on disk outlives the camera's own file
      memory.set(key, blob);
      if (await ask('readwrite', (store) => store.put(blob, key))) memory.delete(key);
    },
    async get(key) { return memory.get(key) ?? ask('readonly', (store) => store.get(key)); },
    drop(key) { memory.delete(key); return ask('readwrite', (store) => store.delete(key)); },
    async keys() { return (await ask('readonly', (store) => store.getAllKeys())) ?? []; },
    clear() { memory.clear(); return ask('readwrite', (store) => store.clear()); },
  };
})();

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // randomUUID is missing on plain http
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}

// ---------------------------------------------------------------- the talk as it is shown

let items = []; // {key, who: 'me'|'bot', at, …}, oldest first
let last = 0; // the number of the last message we were given

const list = byId('messages');
const log = byId('log');
const shown = new Map(); // key -> <li>

function make(tag, className = '', text = '') {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

function icon(name) {
  const picture = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  picture.setAttribute('class', 'icon');
  picture.setAttribute('aria-hidden', 'true');
  picture.appendChild(document.createElementNS('http://www.w3.org/2000/svg', 'use')).setAttribute('href', `#i-${name}`);
  return picture;
}

function button(className, text, press) {
  const made = make('button', `button ${className}`, text);
  made.type = 'button';
  made.addEventListener('click', press);
  return made;
}

function loadLog() {
  const saved = kept.get('log');
  items = Array.isArray(saved?.items) ? saved.items : [];
  last = saved?.last ?? 0;
}

function saveLog() {
  joinOtherTab();
  for (let room = MAX_KEPT; room > 0; room = Math.floor(room / 2)) {
    if (kept.set('log', { last, items: items.slice(-room) })) return;
  }
}

function joinOtherTab() {
  const saved = kept.get('log');
  const known = new Set(items.map((item) => item.key));
  const news = (saved?.items ?? []).filter((item) => !known.has(item.key) && item.at >= (items[0]?.at ?? 0));
  items.push(...news);
  news.forEach(draw);
  if (news.length) settleChoices();
}

function remember(item) {
  items.push(item);
  saveLog();
  draw(item);
  settleChoices();
}

function draw(item) {
  const old = shown.get(item.key);
  const row = item.who === 'me' ? mine(item) : theirs(item);
  shown.set(item.key, row);
  if (old) {
    old.replaceWith(row);
  } else {
    drawDay(item);
    list.append(row);
  }
}

let lastDay = '';
function drawDay(item) {
  const day = new Date(item.at).toDateString();
  if (day === lastDay) return;
  lastDay = day;
  const ago = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(item.at).setHours(0, 0, 0, 0)) / 864e5);
  const words = [say('today'), say('yesterday')][ago] ?? new Intl.DateTimeFormat('vi', { dateStyle: 'long' }).format(item.at);
  if (ago > 0 || list.children.length) list.append(make('li', 'day', words));
}

const clock = (at) => new Intl.DateTimeFormat('vi', { hour: '2-digit', minute: '2-digit' }).format(at);

function theirs(item) {
  const row = make('li', 'msg bot');
  row.classList.toggle('wide', item.choices.length > 2);
  row.append(make('span', 'vh', `${say('bot_name')}: `));
  if (item.media.length) row.append(pictures(item.media));
  if (item.text) row.append(withLinks(make('div', 'bubble'), item.text));
  const before = items[items.indexOf(item) - 1];
  if (clock(item.at) !== clock(before?.at ?? 0)) row.append(make('div', 'meta', clock(item.at)));
  if (item.choices.length || item.ask === 'location') row.append(choiceRow(item));
  return row;
}

function withLinks(element, text) {
  let from = 0;
  for (const found of text.matchAll(/https:\/\/[^\s<>"]*[^\s<>".,;:!?)…]|\b[A-Z]{2,4}-[0-9A-Z]{4}-[0-9A-Z]{2}\b/g)) {
    const whole = found[0].startsWith('https:') ? link(found[0], found[0]) : make('span', 'code', found[0]);
    element.append(text.slice(from, found.index), whole);
    from = found.index + found[0].length;
  }
  element.append(text.slice(from));
  return element;
}

function safeUrl(url) {
  if (MEDIA_URL.test(url)) return url;
  try { return new URL(url).protocol === 'https:' ? url : ''; } catch { return ''; }
}

function link(url, text, className = '') {
  const made = make('a', className, text);
  made.href = safeUrl(url);
  made.target = '_blank';
  made.rel = 'noopener noreferrer';
  return made;
}

function pictures(media) {
  const box = make('div', 'pictures');
  const safe = media.filter((one) => safeUrl(one.url));
  const count = safe.filter((one) => one.kind === 'image').length;
  safe.forEach((one, at) => box.append(picture(one, say('photo_alt', { n: at + 1, count }))));
  return box;
}

function picture(one, alt) {
  const ours = MEDIA_URL.test(one.url);
  if (ours && one.kind === 'image') {
    const made = link(one.url, '', 'picture');
    const image = make('img');
    image.loading = 'lazy';
    image.decoding = 'async';
    image.alt = alt;
    image.src = one.url;
    let tries = 0; // news of a picture may be here before the picture is kept: ask again after 2, 8 and 32 seconds
    image.onerror = () => { if (tries < 3) setTimeout(() => { image.src = one.url; }, 500 * 4 ** ++tries); };
    made.append(image);
    return made;
  }
  if (ours && (one.kind === 'video' || one.kind === 'audio')) {
    const player = make(one.kind);
    player.controls = true;
    player.preload = one.kind === 'video' ? 'metadata' : 'none';
    player.setAttribute('aria-label', say(one.kind));
    player.src = one.url;
    return player;
  }
  const made = link(one.url, '', 'file');
  made.append(icon('file'), one.name || say('file'));
  return made;
}

function choiceRow(item) {
  const row = make('div', 'choices');
  for (const choice of item.choices) {
    if (choice.url) {
      if (safeUrl(choice.url)) row.append(link(choice.url, choice.label, 'button'));
      continue;
    }
    const made = button('', choice.label, () => press(item, choice, made));
    made.dataset.choice = choice.id;
    row.append(made);
  }
  if (item.ask === 'location' && navigator.geolocation) {
    const made = button('', '', () => made.getAttribute('aria-disabled') !== 'true' && sendPlace());
    made.append(icon('pin'), say('place'));
    made.dataset.choice = '';
    row.append(made);
  }
  return row;
}

const standing = (id) => id.startsWith('/'); // a command holds for ever, any other choice belongs to its prompt
const asks = (item) => item.who === 'bot' && (item.ask || item.choices.some((choice) => !choice.url && !standing(choice.id)));

function settleChoices() {
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
      if (chosen) made.setAttribute('aria-description', say('picked'));
      else made.removeAttribute('aria-description');
    });
  }
}

function press(item, choice, made) {
  if (made.getAttribute('aria-disabled') === 'true' || made.dataset.resting) return;
  made.dataset.resting = '1'; // a double tap is one press
  setTimeout(() => delete made.dataset.resting, 1000);
  const key = enqueue({ type: 'choice', choice: choice.id }, { kind: 'choice', text: choice.label });
  if (standing(choice.id)) return;
  item.picked = choice.id;
  item.pickedBy = key;
  saveLog();
  settleChoices();
}

function mine(item) {
  const row = make('li', 'msg me');
  row.setAttribute('aria-live', 'off');
  row.append(make('span', 'vh', say('me')));
  if (item.files?.length) row.append(myFiles(item));
  if (item.text) row.append(withLinks(make('div', 'bubble'), item.text));
  row.append(myState(item));
  return row;
}

function myFiles(item) {
  const box = make('div', 'pictures');
  Promise.all(item.files.map((name, at) => thumbOf(`thumb/${item.key}/${at}`, name))).then((made) => {
    const low = atEnd();
    box.append(...made);
    if (low) toEnd();
  });
  return box;
}

async function thumbOf(key, name) {
  const small = await files.get(key);
  const drawn = small && (await thumbnail(small).catch(() => null));
  if (drawn) return drawn;
  const made = make('span', 'file');
  made.append(icon('file'), name || say('my_photo'));
  return made;
}

async function thumbnail(blob) { // on a canvas, because an <img> would need blob: in the page's policy
  const whole = await createImageBitmap(blob);
  const side = Math.min(whole.width, whole.height);
  const made = make('canvas', 'thumb');
  made.width = made.height = 240;
  made.setAttribute('role', 'img');
  made.setAttribute('aria-label', say('my_photo'));
  made.getContext('2d').drawImage(whole, (whole.width - side) / 2, (whole.height - side) / 2, side, side, 0, 0, 240, 240);
  whole.close();
  return made;
}

function myState(item) {
  const box = make('div', `meta ${item.state}`);
  if (item.state === 'sent') {
    box.append(clock(item.at), icon('check'), make('span', 'vh', say('sent')));
  } else if (item.state === 'bad') {
    const why = make('span', 'why', ` ${item.why || say('not_sent')}`);
    why.prepend(icon('alert'));
    box.append(why);
    if (find(item.key)) box.append(button('', say('again'), () => retry(item.key)));
    box.append(button('quiet', say('drop'), () => giveUp(item.key)));
  } else {
    box.append(icon('clock'), make('span', 'how', say(ready ? 'sending' : 'waiting')));
    if (item.files) box.append(button('quiet', say('drop'), () => giveUp(item.key)));
  }
  return box;
}

function setState(key, state, why = '') {
  const item = items.find((one) => one.key === key);
  if (!item) return;
  Object.assign(item, { state, why });
  saveLog();
  redrawState(item);
}

function redrawState(item) {
  const box = shown.get(item.key)?.querySelector('.meta');
  if (!box) return;
  const held = box.contains(document.activeElement);
  box.replaceWith(myState(item));
  if (held) byId('words').focus();
}

function forgetItem(key) {
  items = items.filter((item) => item.key !== key);
  shown.get(key)?.remove();
  shown.delete(key);
}

// ---------------------------------------------------------------- the line on top

let noteTimer = 0;
function note(text, kind = '') {
  clearTimeout(noteTimer);
  showState(text, kind);
  noteTimer = setTimeout(() => { noteTimer = 0; showLine(); }, 3500 + 60 * text.length);
}

function showLine() {
  if (noteTimer) return;
  if (ready) showState('');
  else showState(say(navigator.onLine === false || tries > 2 ? 'offline' : 'connecting'), tries > 2 ? '' : 'plain');
}

function showState(text, kind = '') {
  const bar = byId('state');
  bar.className = `state ${kind}`;
  if (bar.textContent !== text) bar.replaceChildren(...(text ? [make('span', '', text)] : []));
}

// ---------------------------------------------------------------- the queue

let queue = []; // {id, type, …}, oldest first; each is kept under a key of its own so that two tabs never overwrite
let flushing = false;

const find = (id) => queue.find((frame) => frame.id === id);
const keyOf = (frame) => `queue.${frame.order}.${frame.id}`;
const keepFrame = (frame) => kept.set(keyOf(frame), frame);

function loadQueue() {
  queue = kept.keys('queue.').map((key) => kept.get(key)).filter((frame) => frame?.id);
}

function enqueue(frame, own) {
  const { id = newId(), ...rest } = frame;
  const order = String(Math.max(Date.now(), ...queue.map((one) => Number(one.order) + 1))).padStart(15, '0');
  const queued = { id, order, tries: 0, ...rest };
  queue.push(queued);
  keepFrame(queued);
  if (own) {
    remember({ key: id, who: 'me', at: Date.now(), state: 'wait', ...own });
    toEnd();
  }
  flush();
  return id;
}

function takeOut(id) {
  const frame = find(id);
  queue = queue.filter((one) => one.id !== id);
  if (frame) kept.drop(keyOf(frame));
  (frame?.files ?? []).forEach((_, at) => files.drop(`file/${id}/${at}`));
}

async function flush() {
  if (flushing) return;
  flushing = true;
  try {
    for (let frame; ready && (frame = queue.find((one) => !one.stuck)); ) {
      const pause = await deliver(frame);
      if (pause) await sleep(pause);
    }
  } finally {
    flushing = false;
  }
}

async function deliver(frame) { // returns how long to wait before the next, in ms
  const answer = await (frame.type === 'media' ? uploadAll(frame) : null) ?? await exchange(frame);
  if (!find(frame.id)) return 0; // given up meanwhile
  if (answer.code === 'ok') {
    takeOut(frame.id);
    setState(frame.id, 'sent');
    return 0;
  }
  if (answer.code === 'offline') return ready ? 3000 : 0;
  if (answer.retry_after) return answer.retry_after * 1000 + 100;
  if (answer.code === 'upload_gone') frame.tokens = [];
  if (answer.code === 'broken' || answer.code === 'upload_gone') return backOff(frame, answer);
  giveBack(frame, answer);
  return 0;
}

function backOff(frame, answer) {
  frame.tries += 1;
  keepFrame(frame);
  if (frame.tries > 8) giveBack(frame, answer);
  else if (frame.tries > 1 && answer.text) note(answer.text);
  return frame.tries > 8 ? 0 : Math.min(60, 2 ** frame.tries) * 500;
}

function giveBack(frame, answer) { // shown as not sent; what may still go is kept for another try
  const hopeless = !['broken', 'upload_gone'].includes(answer.code);
  if (hopeless) {
    takeOut(frame.id);
  } else {
    frame.stuck = true;
    keepFrame(frame);
  }
  const asked = items.find((item) => item.pickedBy === frame.id);
  if (asked) { delete asked.picked; delete asked.pickedBy; settleChoices(); }
  const why = answer.text || say('not_sent');
  setState(frame.id, 'bad', why);
  note(why, 'bad');
}

function retry(id) {
  const frame = find(id);
  if (!frame) return;
  Object.assign(frame, { stuck: false, tries: 0 });
  keepFrame(frame);
  setState(id, 'wait');
  flush();
}

function giveUp(id) {
  takeOut(id);
  forgetItem(id);
  saveGone(id);
  byId('words').focus();
}

function saveGone(id) {
  const saved = kept.get('log');
  if (saved) kept.set('log', { ...saved, items: saved.items.filter((item) => item.key !== id) });
}

const wire = {
  message: ({ id, text }) => ({ type: 'message', id, text }),
  choice: ({ id, choice }) => ({ type: 'choice', id, choice }),
  location: ({ id, lat, lon }) => ({ type: 'location', id, lat, lon }),
  media: ({ id, tokens, text }) => ({ type: 'media', id, uploads: tokens, text }),
};

let expected = null; // the one frame on its way: {id, answer}
function exchange(frame) {
  if (!ready) return { code: 'offline' };
  return new Promise((answer) => {
    const late = setTimeout(reopen, ACK_SECONDS * 1000);
    expected = { id: frame.id, answer: (given) => { clearTimeout(late); expected = null; answer(given); } };
    transmit(wire[frame.type](frame));
  });
}

async function uploadAll(frame) { // null when all are there, else what went wrong
  frame.tokens ??= [];
  for (let at = 0; at < frame.files.length; at += 1) {
    if (frame.tokens[at]) continue;
    const file = await files.get(`file/${frame.id}/${at}`);
    if (!(await isThere(file))) return { code: 'file_lost', text: say('file_lost') };
    const answer = await upload(file, (part) => showProgress(frame, at, part), () => !find(frame.id));
    if (answer.code !== 'ok') return answer;
    frame.tokens[at] = answer.upload;
    if (find(frame.id)) keepFrame(frame);
  }
  return null;
}

const isThere = (file) => (file ? file.slice(0, 1).arrayBuffer().then(() => true, () => false) : false);

function upload(file, progress, dropped) {
  const form = new FormData();
  form.append('session', session);
  form.append('file', file);
  return new Promise((done) => {
    const request = new XMLHttpRequest(); // fetch tells no progress
    request.open('POST', '/chat/media');
    request.responseType = 'json';
    request.upload.onprogress = (event) => (dropped() ? request.abort() : progress(event.loaded / event.total));
    request.onload = () => {
      const answer = request.response ?? {};
      if (request.status === 200) done({ code: 'ok', upload: answer.upload });
      else if (request.status === 413) done({ code: 'too_large', text: say('too_large') }); // from a proxy, perhaps
      else done({ code: 'broken', ...answer });
    };
    request.onerror = request.onabort = request.ontimeout = () => done({ code: 'offline' });
    request.send(form);
  });
}

function showProgress(frame, at, part) {
  const box = shown.get(frame.id)?.querySelector('.meta');
  if (!box) return;
  const bar = box.querySelector('progress') ?? box.insertBefore(make('progress'), box.lastChild);
  bar.max = frame.files.length;
  bar.value = at + part;
  bar.setAttribute('aria-label', say('sending'));
}

// ---------------------------------------------------------------- the socket

let session = kept.get('session');
let socket = null;
let ready = false;
let tries = 0;
let pauseUntil = 0;
let retryTimer = 0;
let pingTimer = 0;
let pongTimer = 0;

function connect() {
  clearTimeout(retryTimer);
  if (socket && socket.readyState <= WebSocket.OPEN) return;
  const opened = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/chat/ws`);
  socket = opened;
  opened.onopen = () => opened.send(JSON.stringify({ type: 'hello', session, last }));
  opened.onmessage = (event) => opened === socket && hear(event.data);
  opened.onclose = () => opened === socket && lost();
}

function lost() {
  socket = null;
  ready = false;
  clearInterval(pingTimer);
  clearTimeout(pongTimer);
  expected?.answer({ code: 'offline' });
  setTimeout(showLine, tries ? 0 : 1500);
  items.filter((item) => item.state === 'wait').forEach(redrawState);
  const wait = Math.min(30000, 1000 * 2 ** tries) * (0.5 + Math.random() / 2);
  tries += 1;
  retryTimer = setTimeout(connect, Math.max(wait, pauseUntil - Date.now()));
}

function reopen() {
  const dead = socket;
  if (dead) {
    lost(); // do not wait for a close that a dead line never brings
    dead.close();
  }
  connect();
}

function transmit(frame) {
  try { socket.send(JSON.stringify(frame)); } catch { reopen(); }
}

function ping() {
  if (!ready || pongTimer) return;
  transmit({ type: 'ping' });
  pongTimer = setTimeout(() => { pongTimer = 0; reopen(); }, 8000);
}

const heard = {
  welcome(frame) {
    if (frame.session !== session) {
      session = frame.session;
      kept.set('session', session);
      startOver();
    } else if ('last' in frame) {
      startOver();
    }
    ready = true;
    if (tries > 2) note(say('back'), 'plain');
    tries = 0;
    clearInterval(pingTimer);
    pingTimer = setInterval(ping, PING_SECONDS * 1000);
    showLine();
    items.filter((item) => item.state === 'wait').forEach(redrawState);
    greet();
    flush();
  },
  pong() { clearTimeout(pongTimer); pongTimer = 0; },
  ack(frame) { if (expected?.id === frame.id) expected.answer({ code: 'ok' }); },
  error(frame) {
    if (frame.code === 'too_many') pauseUntil = Date.now() + 1000 * (frame.retry_after ?? 30);
    if (frame.id && expected?.id === frame.id) expected.answer(frame);
    else if (frame.code === 'too_fast') return; // a ping too many: nothing to tell
    else if (frame.code !== 'bad_frame') note(String(frame.text ?? ''), 'bad');
  },
  message: hearMessage,
};

function hear(raw) {
  const frame = JSON.parse(raw);
  heard[frame.type]?.(frame);
}

function hearMessage(frame) {
  if (frame.seq <= last) return;
  last = frame.seq;
  const said = {
    who: 'bot',
    seq: frame.seq,
    at: frame.at ? Date.parse(frame.at) : Date.now(),
    text: String(frame.text ?? ''),
    choices: (frame.choices ?? []).map(({ id, label, url }) => ({ id: String(id), label: String(label), url: url || '' })),
    media: (frame.media ?? []).map(({ kind, url, name }) => ({ kind, url: String(url ?? ''), name: String(name ?? '') })),
    ask: frame.ask ?? '',
  };
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
  countUnread();
}

function startOver() { // another session, or a server that no longer knows the old messages
  items = items.filter((item) => find(item.key)); // what still waits to be sent goes on waiting
  last = 0;
  lastDay = '';
  kept.drop('log');
  shown.clear();
  list.replaceChildren();
  items.forEach(draw);
  saveLog();
}

function greet() { // the first visit, or a QR code with a place in it
  const asked = new URLSearchParams(location.search).get('start');
  const payload = /^[\w-]{1,64}$/.test(asked ?? '') ? ` ${asked}` : '';
  if (payload) history.replaceState(null, '', location.pathname);
  if (payload || !(items.length || queue.length)) enqueue({ type: 'message', text: `/start${payload}` });
}

// ---------------------------------------------------------------- where one is looking

const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80;

function toEnd() {
  byId('below').hidden = true;
  log.scrollTop = log.scrollHeight;
}

let unread = 0;
function countUnread() {
  unread = document.hidden ? unread + 1 : 0;
  document.title = unread ? `(${unread}) ${pageTitle}` : pageTitle;
}

// ---------------------------------------------------------------- the place to write

const words = byId('words');
let attached = []; // files that go with the next message

function fitWords() {
  words.style.height = 'auto';
  words.style.height = `${words.scrollHeight + 3}px`;
  byId('send').setAttribute('aria-disabled', String(!words.value.trim() && !attached.length));
}

function cut(text) { // a frame larger than the door would close the line
  let rest = text.normalize('NFC');
  while (new Blob([JSON.stringify(rest)]).size > MAX_FRAME_BYTES) rest = rest.slice(0, Math.floor(rest.length * 0.8));
  return rest;
}

let inOrder = Promise.resolve(); // words written while a photo is being copied wait for it

function send() {
  const text = cut(words.value.trim());
  const chosen = attached;
  if (!text && !chosen.length) return;
  attached = [];
  words.value = '';
  drawTray();
  fitWords();
  words.focus();
  inOrder = inOrder.then(() => {
    if (chosen.length) return sendFiles(chosen, text);
    return enqueue({ type: 'message', text }, { kind: 'text', text });
  });
}

async function sendFiles(chosen, text) {
  const id = newId();
  await Promise.all(chosen.map((file, at) => keepFile(id, file, at)));
  const names = chosen.map((file) => file.name);
  enqueue({ id, type: 'media', files: names, text }, { kind: 'media', files: names, text });
}

async function keepFile(id, file, at) {
  await files.put(`file/${id}/${at}`, file);
  const drawn = file.type.startsWith('image/') && (await thumbnail(file).catch(() => null));
  const small = drawn && (await new Promise((done) => drawn.toBlob(done, 'image/jpeg', 0.8)));
  if (small) files.put(`thumb/${id}/${at}`, small);
}

function attach(chosen) {
  const fitting = [...chosen].filter((file) => file.size <= MAX_FILE_BYTES);
  if (fitting.length < chosen.length) note(say('too_large'), 'bad');
  if (attached.length + fitting.length > MAX_FILES) note(say('too_many_files', { count: MAX_FILES }), 'bad');
  attached = [...attached, ...fitting].slice(0, MAX_FILES);
  drawTray();
  fitWords();
  if (!touches) words.focus();
}

const previews = new WeakMap(); // file -> its thumbnail, drawn once
function drawTray() {
  const tray = byId('tray');
  tray.hidden = !attached.length;
  tray.replaceChildren(...attached.map((file) => trayItem(file)));
}

function trayItem(file) {
  const row = make('li');
  const off = make('button', 'off');
  off.type = 'button';
  off.setAttribute('aria-label', say('take_off', { name: file.name || say('my_photo') }));
  off.append(make('span'));
  off.firstChild.append(icon('close'));
  off.addEventListener('click', () => {
    attached = attached.filter((one) => one !== file);
    drawTray();
    fitWords();
    (byId('tray').querySelector('.off') ?? words).focus();
  });
  const plain = make('span', 'file');
  plain.append(icon('file'), file.name);
  row.append(previews.get(file) ?? plain, off);
  if (!previews.has(file) && file.type.startsWith('image/')) {
    thumbnail(file).then((drawn) => { previews.set(file, drawn); plain.replaceWith(drawn); }, () => {});
  }
  return row;
}

function sendPlace() {
  if (!navigator.geolocation || !window.isSecureContext) { note(say('no_place'), 'bad'); return; }
  note(say('finding'), 'plain');
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      showNothing();
      const metres = Math.round(coords.accuracy);
      const text = metres > 20 ? say('my_place_near', { metres }) : say('my_place');
      enqueue({ type: 'location', lat: coords.latitude, lon: coords.longitude }, { kind: 'location', text: `📍 ${text}` });
    },
    () => note(say('no_place'), 'bad'),
    { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
  );
}

function showNothing() {
  clearTimeout(noteTimer);
  noteTimer = 0;
  showLine();
}

function openPhotos() {
  if (touches && byId('photo-sheet').showModal) byId('photo-sheet').showModal();
  else byId('pick').click();
}

function openMore() {
  if (byId('more-sheet').showModal) byId('more-sheet').showModal();
  else if (confirm(`${say('forget')}?`)) forget(); // browsers before 2022
}

function setLarge(on) {
  const low = atEnd();
  document.documentElement.classList.toggle('large', on);
  byId('large').setAttribute('aria-pressed', String(on));
  kept.set('large', on);
  fitWords();
  if (low) toEnd();
}

async function forget() {
  kept.keys('').filter((key) => key !== 'large').forEach((key) => kept.drop(key));
  await files.clear();
  location.replace(location.pathname);
}

async function sweepFiles() { // what belongs to no message that is still shown
  const known = new Set([...items.map((item) => item.key), ...queue.map((frame) => frame.id)]);
  (await files.keys()).filter((key) => !known.has(String(key).split('/')[1])).forEach((key) => files.drop(key));
}

// ---------------------------------------------------------------- wiring

function wireUp() {
  byId('compose').addEventListener('submit', (event) => { event.preventDefault(); send(); });
  words.addEventListener('input', fitWords);
  words.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    send();
  });
  byId('photo').addEventListener('click', openPhotos);
  byId('place').addEventListener('click', sendPlace);
  for (const [ask, input] of [['do-shoot', 'shoot'], ['do-pick', 'pick']]) {
    byId(ask).addEventListener('click', () => { byId('photo-sheet').close(); byId(input).click(); });
    byId(input).addEventListener('change', (event) => { attach(event.target.files); event.target.value = ''; });
  }
  document.addEventListener('paste', (event) => {
    if (event.clipboardData?.files.length) { event.preventDefault(); attach(event.clipboardData.files); }
  });
  for (const name of ['dragover', 'dragleave', 'drop']) {
    document.addEventListener(name, (event) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      document.body.classList.toggle('dropping', name === 'dragover');
      if (name === 'drop') attach(event.dataTransfer.files);
    });
  }
  byId('large').addEventListener('click', () => setLarge(byId('large').getAttribute('aria-pressed') !== 'true'));
  byId('more').addEventListener('click', openMore);
  byId('forget').addEventListener('click', forget);
  byId('below').addEventListener('click', toEnd);
  log.addEventListener('scroll', () => { if (atEnd()) byId('below').hidden = true; }, { passive: true });
  new ResizeObserver(() => { if (wasLow) toEnd(); }).observe(log);
  log.addEventListener('scroll', () => { wasLow = atEnd(); }, { passive: true });
  addEventListener('online', () => { tries = 0; ready ? ping() : connect(); });
  addEventListener('offline', showLine);
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) return;
    countUnread();
    if (ready) ping();
    else connect();
  });
  addEventListener('storage', (event) => {
    const elsewhere = event.key === null || event.key === 'langnghe.session';
    if (elsewhere && kept.get('session') !== session) location.reload(); // begun or forgotten in another tab
    else if (event.key === 'langnghe.log') { joinOtherTab(); adoptStates(); }
  });
}

let wasLow = true;

function adoptStates() { // what another tab knows to be sent
  const sent = new Set((kept.get('log')?.items ?? []).filter((item) => item.state === 'sent').map((item) => item.key));
  items.filter((item) => item.state === 'wait' && sent.has(item.key) && !find(item.key)).forEach((item) => {
    item.state = 'sent';
    redrawState(item);
  });
}

function begin() {
  loadLog();
  loadQueue();
  setLarge(kept.get('large') === true);
  items.filter((item) => item.state === 'wait' && !find(item.key)).forEach((item) => { item.state = 'bad'; });
  items.forEach(draw);
  settleChoices();
  toEnd();
  log.setAttribute('aria-live', 'polite'); // only now: what is old is not read out again
  wireUp();
  fitWords();
  if (!touches) words.focus();
  setTimeout(showLine, 1500);
  connect();
  sweepFiles();
}

begin();
