// The place to write: words, photos, a place, a voice.

import { thumbnail } from './chat_bubbles.js';
import { byId, endNote, icon, make, note, say } from './chat_dom.js';
import { allow, files, newId } from './chat_kept.js';
import { enqueue } from './chat_queue.js';
import { canSpeak, speaking, toggleVoice } from './chat_voice.js';

const MAX_FILES = 10;
const MAX_FILE_BYTES = 20 * 1024 * 1024;
const MAX_FRAME_BYTES = 60000;

export const touches = matchMedia('(pointer: coarse)').matches;
const words = byId('words');
let attached = []; // files that go with the next message

export function fitWords() {
  words.style.height = 'auto';
  words.style.height = `${words.scrollHeight + 3}px`;
  const empty = !words.value.trim() && !attached.length;
  byId('send').setAttribute('aria-disabled', String(empty));
  byId('voice').hidden = !(canSpeak && (empty || speaking)); // one place for both, as on the phone's own messengers
  byId('send').hidden = !byId('voice').hidden;
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
  allow();
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

export function sendPlace() {
  if (!navigator.geolocation || !window.isSecureContext) { note(say('no_place'), 'bad'); return; }
  note(say('finding'), 'plain');
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      endNote();
      const metres = Math.round(coords.accuracy);
      const text = metres > 20 ? say('my_place_near', { metres }) : say('my_place');
      enqueue({ type: 'location', lat: coords.latitude, lon: coords.longitude }, { kind: 'location', text: `📍 ${text}` });
    },
    () => note(say('no_place'), 'bad'),
    { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
  );
}

function openPhotos() {
  if (touches && byId('photo-sheet').showModal) byId('photo-sheet').showModal();
  else byId('pick').click();
}

export function wireCompose() {
  byId('compose').addEventListener('submit', (event) => { event.preventDefault(); send(); });
  words.addEventListener('input', fitWords);
  words.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    send();
  });
  byId('photo').addEventListener('click', openPhotos);
  byId('place').addEventListener('click', sendPlace);
  byId('voice').addEventListener('click', () => toggleVoice(fitWords));
  for (const [ask, input] of [['do-shoot', 'shoot'], ['do-pick', 'pick']]) {
    byId(ask).addEventListener('click', () => { byId('photo-sheet').close(); byId(input).click(); });
    byId(input).addEventListener('change', (event) => { attach(event.target.files); event.target.value = ''; });
  }
  wireDrops();
  fitWords();
}

function wireDrops() {
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
}
