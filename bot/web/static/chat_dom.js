// Small things every part of the chat draws with.

const MEDIA_PATH = /^\/media\/[^\\]*$/;

export const byId = (id) => document.getElementById(id);
const texts = JSON.parse(byId('texts').textContent);
export const say = (key, values = {}) => (texts[key] || key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
export const clock = (at) => new Intl.DateTimeFormat('vi', { hour: '2-digit', minute: '2-digit' }).format(at);

export function make(tag, className = '', text = '') {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

export function icon(name) {
  const picture = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  picture.setAttribute('class', 'icon');
  picture.setAttribute('aria-hidden', 'true');
  picture.appendChild(document.createElementNS('http://www.w3.org/2000/svg', 'use')).setAttribute('href', `#i-${name}`);
  return picture;
}

export function button(className, text, press) {
  const made = make('button', `button ${className}`, text);
  made.type = 'button';
  made.addEventListener('click', press);
  return made;
}

export function isOurs(url) { // a picture we may show: of this host, also when it is named in full
  try {
    const whole = new URL(url, location.origin);
    return whole.origin === location.origin && MEDIA_PATH.test(whole.pathname);
  } catch { return false; }
}

export function safeUrl(url) {
  if (isOurs(url)) return url;
  try { return new URL(url).protocol === 'https:' ? url : ''; } catch { return ''; }
}

export function link(url, text, className = '') {
  const made = make('a', className, text);
  made.href = safeUrl(url);
  made.target = '_blank';
  made.rel = 'noopener noreferrer';
  return made;
}

export function withLinks(element, text) {
  let from = 0;
  for (const found of text.matchAll(/https:\/\/[^\s<>"]*[^\s<>".,;:!?)…]|\b[A-Z]{2,4}-[0-9A-Z]{4}-[0-9A-Z]{2}\b/g)) {
    const whole = found[0].startsWith('https:') ? link(found[0], found[0]) : make('span', 'code', found[0]);
    element.append(text.slice(from, found.index), whole);
    from = found.index + found[0].length;
  }
  element.append(text.slice(from));
  return element;
}

// ---------------------------------------------------------------- the line on top

let standingLine = ['', ''];
let noteTimer = 0;

export function stand(text, kind = '') { // what the line says while there is nothing else to say
  standingLine = [text, kind];
  if (!noteTimer) show(text, kind);
}

export function note(text, kind = '') { // for a while
  clearTimeout(noteTimer);
  show(text, kind);
  noteTimer = setTimeout(endNote, 3500 + 60 * text.length);
}

export function endNote() {
  clearTimeout(noteTimer);
  noteTimer = 0;
  show(...standingLine);
}

function show(text, kind) {
  const bar = byId('state');
  bar.className = `state ${kind}`;
  if (bar.textContent !== text) bar.replaceChildren(...(text ? [make('span', '', text)] : []));
}
