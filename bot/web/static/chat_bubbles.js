// One message as a row of the talk.

import { button, clock, icon, isOurs, link, make, safeUrl, say, withLinks } from './chat_dom.js';
import { files } from './chat_kept.js';

export const acts = {}; // what a press does, told by chat.js: press, place, retry, drop; and isOnline, isQueued, keepLow

export function theirs(item, before) {
  const row = make('li', 'msg bot');
  row.classList.toggle('wide', item.choices.length > 2);
  row.append(make('span', 'vh', `${say('bot_name')}: `));
  if (item.media.length) row.append(pictures(item.media));
  if (item.text) row.append(withLinks(make('div', 'bubble'), item.text));
  if (clock(item.at) !== clock(before?.at ?? 0)) row.append(make('div', 'meta', clock(item.at)));
  if (item.choices.length || item.ask === 'location') row.append(choiceRow(item));
  return row;
}

function pictures(media) {
  const box = make('div', 'pictures');
  const safe = media.filter((one) => safeUrl(one.url));
  const count = safe.filter((one) => one.kind === 'image').length;
  safe.forEach((one, at) => box.append(picture(one, say('photo_alt', { n: at + 1, count }))));
  return box;
}

function picture(one, alt) {
  const ours = isOurs(one.url);
  if (ours && one.kind === 'image') return photo(one.url, alt);
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

function photo(url, alt) {
  const made = link(url, '', 'picture');
  const image = make('img');
  image.loading = 'lazy';
  image.decoding = 'async';
  image.alt = alt;
  image.src = url;
  let tries = 0; // news of a picture may be here before the picture is kept: ask again after 2, 8 and 32 seconds
  image.onerror = () => { if (tries < 3) setTimeout(() => { image.src = url; }, 500 * 4 ** ++tries); };
  made.append(image);
  return made;
}

function choiceRow(item) {
  const row = make('div', 'choices');
  for (const choice of item.choices) {
    if (choice.url) {
      if (safeUrl(choice.url)) row.append(link(choice.url, choice.label, 'button'));
      continue;
    }
    const made = button('', choice.label, () => acts.press(item, choice, made));
    made.dataset.choice = choice.id;
    row.append(made);
  }
  if (item.ask === 'location' && navigator.geolocation) {
    const made = button('', '', () => made.getAttribute('aria-disabled') !== 'true' && acts.place());
    made.append(icon('pin'), say('place'));
    made.dataset.choice = '';
    row.append(made);
  }
  return row;
}

export function mine(item) {
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
  const drawn = Promise.all(item.files.map((name, at) => thumbOf(`thumb/${item.key}/${at}`, name)));
  drawn.then((made) => acts.keepLow(() => box.append(...made)));
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

export async function thumbnail(blob) { // on a canvas, because an <img> would need blob: in the page's policy
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

export function myState(item) {
  const box = make('div', `meta ${item.state}`);
  if (item.state === 'sent') {
    box.append(clock(item.at), icon('check'), make('span', 'vh', say('sent')));
  } else if (item.state === 'bad') {
    const why = make('span', 'why', ` ${item.why || say('not_sent')}`);
    why.prepend(icon('alert'));
    box.append(why);
    if (acts.isQueued(item.key)) box.append(button('', say('again'), () => acts.retry(item.key)));
    box.append(button('quiet', say('drop'), () => acts.drop(item.key)));
  } else {
    box.append(icon('clock'), make('span', 'how', say(acts.isOnline() ? 'sending' : 'waiting')));
    if (item.files) box.append(button('quiet', say('drop'), () => acts.drop(item.key)));
  }
  return box;
}
