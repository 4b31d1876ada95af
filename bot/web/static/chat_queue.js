// The queue: what a person says survives closing the page and is sent in order, each with one id until it is acknowledged.

import { note, say } from './chat_dom.js';
import { allow, files, kept, newId } from './chat_kept.js';
import { exchange, isReady, session } from './chat_line.js';
import { forgetItem, remember, setState, showProgress, toEnd, unpick } from './chat_talk.js';

let queue = []; // {id, type, …}, oldest first; each is kept under a key of its own so that two tabs never overwrite
let flushing = false;

const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));
const find = (id) => queue.find((frame) => frame.id === id);
const keyOf = (frame) => `queue.${frame.order}.${frame.id}`;
const keepFrame = (frame) => kept.set(keyOf(frame), frame);

export const isQueued = (id) => Boolean(find(id));
export const queuedIds = () => queue.map((frame) => frame.id);

export function loadQueue() {
  queue = kept.keys('queue.').map((key) => kept.get(key)).filter((frame) => frame?.id);
}

export function enqueue(frame, own) {
  if (own) allow();
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

export async function flush() {
  if (flushing) return;
  flushing = true;
  try {
    for (let frame; isReady() && (frame = queue.find((one) => !one.stuck)); ) {
      const pause = await deliver(frame);
      if (pause) await sleep(pause);
    }
  } finally {
    flushing = false;
  }
}

async function deliver(frame) { // returns how long to wait before the next, in ms
  const answer = await (frame.type === 'media' ? uploadAll(frame) : null) ?? await exchange(wire[frame.type](frame));
  if (!find(frame.id)) return 0; // given up meanwhile
  if (answer.code === 'ok') {
    takeOut(frame.id);
    setState(frame.id, 'sent');
    return 0;
  }
  if (answer.code === 'offline') return isReady() ? 3000 : 0;
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
  unpick(frame.id);
  const why = answer.text || say('not_sent');
  setState(frame.id, 'bad', why);
  note(why, 'bad');
}

export function retry(id) {
  const frame = find(id);
  if (!frame) return;
  Object.assign(frame, { stuck: false, tries: 0 });
  keepFrame(frame);
  setState(id, 'wait');
  flush();
}

export function giveUp(id) {
  takeOut(id);
  forgetItem(id);
}

const wire = {
  message: ({ id, text }) => ({ type: 'message', id, text }),
  choice: ({ id, choice }) => ({ type: 'choice', id, choice }),
  location: ({ id, lat, lon }) => ({ type: 'location', id, lat, lon }),
  media: ({ id, tokens, text }) => ({ type: 'media', id, uploads: tokens, text }),
};

async function uploadAll(frame) { // null when all are there, else what went wrong
  frame.tokens ??= [];
  for (let at = 0; at < frame.files.length; at += 1) {
    if (frame.tokens[at]) continue;
    const file = await files.get(`file/${frame.id}/${at}`);
    if (!(await isThere(file))) return { code: 'file_lost', text: say('file_lost') };
    const answer = await upload(file, (part) => showProgress(frame.id, at + part, frame.files.length), () => !find(frame.id));
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
