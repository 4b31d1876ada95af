// The citizens' chat, put together: what is said goes through chat_queue, what is heard comes over chat_line into chat_talk.

import { acts } from './chat_bubbles.js';
import { fitWords, sendPlace, touches, wireCompose } from './chat_compose.js';
import { byId, say } from './chat_dom.js';
import { files, kept, onAllow } from './chat_kept.js';
import { calls, connect, isReady, lookAgain, session, tellState } from './chat_line.js';
import { enqueue, flush, giveUp, isQueued, loadQueue, queuedIds, retry } from './chat_queue.js';
import {
  adoptStates, hearMessage, items, joinOtherTab, keepLow, last, loadLog, pick, redrawWaiting, standing, startOver, watchScroll,
} from './chat_talk.js';
import { countOne, framed, tellPortal, watchSight } from './chat_unread.js';

const words = byId('words');

Object.assign(acts, {
  press(item, choice, made) {
    if (made.getAttribute('aria-disabled') === 'true' || made.dataset.resting) return;
    made.dataset.resting = '1'; // a double tap is one press
    setTimeout(() => delete made.dataset.resting, 1000);
    const key = enqueue({ type: 'choice', choice: choice.id }, { kind: 'choice', text: choice.label });
    if (!standing(choice.id)) pick(item, choice, key);
  },
  place: sendPlace,
  retry,
  drop(key) { giveUp(key); words.focus(); },
  isOnline: isReady,
  isQueued,
  keepLow,
});

Object.assign(calls, {
  last: () => last,
  onWelcome(restart) {
    if (restart) startOver(isQueued);
    redrawWaiting();
    greet();
    flush();
  },
  onLost: redrawWaiting,
  onMessage: (frame) => hearMessage(frame) && countOne(),
});

function greet() { // the first visit, or a QR code with a place in it
  const asked = new URLSearchParams(location.search).get('start');
  const payload = /^[\w-]{1,64}$/.test(asked ?? '') ? ` ${asked}` : '';
  if (payload) history.replaceState(null, '', location.pathname);
  if (payload || !(items.length || queuedIds().length)) enqueue({ type: 'message', text: `/start${payload}` });
}

// ---------------------------------------------------------------- settings of this device

function setLarge(on) {
  keepLow(() => {
    document.documentElement.classList.toggle('large', on);
    byId('large').setAttribute('aria-pressed', String(on));
    fitWords();
  });
}

function pressLarge() {
  const on = byId('large').getAttribute('aria-pressed') !== 'true';
  setLarge(on);
  kept.set('large', on);
}

function openMore() {
  if (byId('more-sheet').showModal) byId('more-sheet').showModal();
  else if (confirm(`${say('forget')}?`)) forget(); // browsers before 2022
}

async function forget() {
  await forgetPage();
  kept.keys('').filter((key) => key !== 'large').forEach((key) => kept.drop(key));
  await files.clear();
  tellPortal('forgotten');
  location.replace(location.pathname);
}

async function keepPage() { // so that it opens without a network; where the browser forbids it, it does not
  if (!framed) await navigator.serviceWorker?.register('/offline.js').catch(() => {});
}

async function forgetPage() {
  const workers = (await navigator.serviceWorker?.getRegistrations().catch(() => [])) ?? [];
  await Promise.all(workers.map((worker) => worker.unregister()));
  const names = window.caches ? await caches.keys() : [];
  await Promise.all(names.filter((name) => name.startsWith('langnghe-')).map((name) => caches.delete(name)));
}

async function sweepFiles() { // what belongs to no message that is still shown
  const known = new Set([...items.map((item) => item.key), ...queuedIds()]);
  (await files.keys()).filter((key) => !known.has(String(key).split('/')[1])).forEach((key) => files.drop(key));
}

function followOtherTabs() {
  addEventListener('storage', (event) => {
    const elsewhere = event.key === null || event.key === 'langnghe.session';
    if (elsewhere && kept.get('session') !== session) location.reload(); // begun or forgotten in another tab
    else if (event.key === 'langnghe.log') { joinOtherTab(); adoptStates(isQueued); }
  });
}

function begin() {
  loadQueue();
  loadLog(isQueued);
  setLarge(kept.get('large') === true);
  watchScroll();
  wireCompose();
  byId('large').addEventListener('click', pressLarge);
  byId('more').addEventListener('click', openMore);
  byId('forget').addEventListener('click', forget);
  addEventListener('online', lookAgain);
  addEventListener('offline', tellState);
  watchSight(() => { lookAgain(); if (framed && !touches) words.focus(); });
  followOtherTabs();
  onAllow(() => { byId('promise').hidden = true; tellPortal('kept'); keepPage(); });
  if (!touches && !framed) words.focus();
  setTimeout(tellState, 1500);
  connect();
  sweepFiles();
}

begin();
