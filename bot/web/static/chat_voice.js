// Speaking instead of typing, where the browser can: what it hears goes into the place to write, to be read before sending.

import { byId, note, say } from './chat_dom.js';

const Recognition = window.SpeechRecognition ?? window.webkitSpeechRecognition;

export const canSpeak = Boolean(Recognition) && window.isSecureContext;
export let speaking = false;

let ear = null;

export function toggleVoice(changed) {
  if (speaking) { ear.stop(); return; }
  const words = byId('words');
  const before = words.value && !words.value.endsWith(' ') ? `${words.value} ` : words.value;
  ear = new Recognition();
  Object.assign(ear, { lang: 'vi-VN', interimResults: true, continuous: false });
  ear.onresult = ({ results }) => {
    words.value = before + [...results].map((result) => result[0].transcript).join('');
    changed();
  };
  ear.onerror = ({ error }) => error !== 'aborted' && note(say(error === 'no-speech' ? 'voice_nothing' : 'voice_off'), 'bad');
  ear.onend = () => setSpeaking(false, changed);
  setSpeaking(true, changed);
  ear.start();
}

function setSpeaking(on, changed) {
  speaking = on;
  byId('voice').setAttribute('aria-pressed', String(on));
  if (on) note(say('voice_on'), 'plain');
  changed();
  if (!on) byId('words').focus();
}
