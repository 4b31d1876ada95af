// The line to the server: one WebSocket that comes back by itself, a hello, and one frame at a time on its way.

import { note, say, stand } from './chat_dom.js';
import { kept } from './chat_kept.js';

const ACK_SECONDS = 20;
const PING_SECONDS = 25;

export const calls = {}; // told by chat.js: last, onWelcome(restart), onLost, onMessage
export let session = kept.get('session');

let socket = null;
let ready = false;
let tries = 0;
let pauseUntil = 0;
let retryTimer = 0;
let pingTimer = 0;
let pongTimer = 0;

export const isReady = () => ready;

export function connect() {
  clearTimeout(retryTimer);
  if (socket && socket.readyState <= WebSocket.OPEN) return;
  const opened = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/chat/ws`);
  socket = opened;
  opened.onopen = () => opened.send(JSON.stringify({ type: 'hello', session, last: calls.last() }));
  opened.onmessage = (event) => opened === socket && hear(event.data);
  opened.onclose = () => opened === socket && lost();
}

function lost() {
  socket = null;
  ready = false;
  clearInterval(pingTimer);
  clearTimeout(pongTimer);
  pongTimer = 0;
  expected?.answer({ code: 'offline' });
  setTimeout(tellState, tries ? 0 : 1500);
  calls.onLost();
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

export function tellState() {
  if (ready) stand('');
  else stand(say(navigator.onLine === false || tries > 2 ? 'offline' : 'connecting'), tries > 2 ? '' : 'plain');
}

export function lookAgain() { // the page is seen again, or the network is said to be back
  if (ready) ping();
  else { tries = 0; connect(); }
}

let expected = null; // the one frame on its way: {id, answer}
export function exchange(frame) {
  if (!ready) return { code: 'offline' };
  return new Promise((answer) => {
    const late = setTimeout(reopen, ACK_SECONDS * 1000);
    expected = { id: frame.id, answer: (given) => { clearTimeout(late); expected = null; answer(given); } };
    transmit(frame);
  });
}

const heard = {
  welcome(frame) {
    const another = frame.session !== session;
    session = frame.session;
    if (another) kept.set('session', session);
    ready = true;
    if (tries > 2) note(say('back'), 'plain');
    tries = 0;
    clearInterval(pingTimer);
    pingTimer = setInterval(ping, PING_SECONDS * 1000);
    tellState();
    calls.onWelcome(another || 'last' in frame);
  },
  pong() { clearTimeout(pongTimer); pongTimer = 0; },
  ack(frame) { if (expected?.id === frame.id) expected.answer({ code: 'ok' }); },
  error(frame) {
    if (frame.code === 'too_many') pauseUntil = Date.now() + 1000 * (frame.retry_after ?? 30);
    if (frame.id && expected?.id === frame.id) expected.answer(frame);
    else if (frame.code === 'too_fast') return; // a ping too many: nothing to tell
    else if (frame.code !== 'bad_frame') note(String(frame.text ?? ''), 'bad');
  },
  message: (frame) => calls.onMessage(frame),
};

function hear(raw) {
  const frame = JSON.parse(raw);
  heard[frame.type]?.(frame);
}
