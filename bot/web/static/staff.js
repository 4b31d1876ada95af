// The officers' room, live: a press changes only its card, and the list follows what others do.
// Without this script every form works all the same, by a page of its own.

import { giveBack, keepWords } from "./staff_kept.js";

const cards = document.getElementById("cards");
const words = document.getElementById("words").dataset;
const toast = document.getElementById("said");
const offline = document.getElementById("offline");
const alone = cards.dataset.card;
const LARGEST = 20 * 1024 * 1024;
const SIDE = 2048; // pixels, as the server keeps them
let mark = cards.dataset.mark;

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const find = (code) => document.getElementById(`card-${code}`);

function parse(html) {
  return new DOMParser().parseFromString(html, "text/html");
}

// A card's address carries the list's, so that its own page leads back and on to the next.
function address(path) {
  const asked = new URLSearchParams(location.search);
  asked.set("fragment", "1");
  if (alone) asked.set("whole", "1");
  return `${path}?${asked}`;
}

const pathOf = (code) => `/staff/card/${encodeURIComponent(code)}`;

// The session has ended: what is half written waits in this tab.
function goOut() {
  keepWords(cards.querySelectorAll(".card"));
  location.assign("/staff/enter?ended=1");
}

let hush = 0;
function say(text, heardOnly) {
  clearTimeout(hush);
  toast.textContent = text;
  toast.classList.toggle("vh", Boolean(heardOnly)); // the card shows it too; read out all the same
  hush = setTimeout(() => { toast.textContent = ""; }, 7000);
}

// ---- a press

cards.addEventListener("submit", (event) => {
  const form = event.target;
  const card = form.closest(".card");
  if (!card || form.method !== "post") return;
  event.preventDefault();
  if (card.getAttribute("aria-busy") !== "true") send(form, event.submitter, card);
});

async function send(form, submitter, card) {
  const body = new FormData(form);
  if (submitter?.name) body.set(submitter.name, submitter.value);
  card.setAttribute("aria-busy", "true");
  try {
    await lighten(body);
    const answer = await fetch(address(new URL(form.action).pathname), { method: "POST", body });
    if (answer.status === 401) return goOut();
    if (!answer.ok && answer.status !== 409) return location.assign(`/staff/card/${card.dataset.code}`);
    const html = await answer.text();
    say(""); // what was said of an earlier try
    swap(card, html, form, answer.status === 409);
  } catch {
    card.removeAttribute("aria-busy"); // the form keeps its id: pressing again is the same turn
    say(words.notSent);
  }
}

// Large photos are made smaller before they travel; anything that is no photo goes as it is.
async function lighten(body) {
  const files = body.getAll("files").filter((file) => file.size);
  body.delete("files");
  for (const file of files) body.append("files", await smaller(file), file.name);
}

async function smaller(file) {
  if (!/^image\/(jpeg|png|webp)$/.test(file.type) || file.size < 1024 * 1024) return file;
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.88));
    return blob && blob.size < file.size ? blob : file;
  } catch {
    return file;
  }
}

// ---- putting a card in the place of another

function swap(old, html, pressed, refused) {
  const card = parse(html).querySelector(".card");
  if (!card) return;
  const focused = old.contains(document.activeElement);
  const typed = old.querySelector("textarea");
  for (const details of old.querySelectorAll("details[open]")) {
    const same = card.querySelector(`details.${details.className}`);
    if (same && !pressed) same.open = true;
  }
  const files = refused && old.querySelector("input[type=file]");
  old.replaceWith(card);
  carry(typed, card, pressed);
  if (refused) keepAsUnsent(card);
  const picker = card.querySelector("input[type=file]");
  if (files && picker) picker.files = files.files;
  const flash = card.querySelector(":scope > .more > .flash, :scope > .flash");
  if (pressed && flash) say(flash.textContent, true);
  if (focused || pressed) rest(card, pressed);
}

// Words begun before a button was pressed are not lost: they go on in the box that has opened.
function carry(typed, card, pressed) {
  const box = card.querySelector(".prompt textarea, .reply textarea");
  if (!typed || typed.value === typed.defaultValue || !box || box.value) return;
  if (pressed && (typed.form === pressed || !typed.closest(".reply"))) return;
  box.value = typed.value;
  const folded = box.closest("details");
  if (folded && !pressed) folded.open = true;
}

// What the server gave back stands in the page as if it had come with it; the next change must not sweep it away.
function keepAsUnsent(card) {
  for (const box of card.querySelectorAll("textarea")) {
    const words = box.value;
    box.defaultValue = "";
    box.value = words;
  }
}

function rest(card, pressed) {
  const box = card.querySelector(".prompt textarea, .prompt select, .prompt input[type=file]");
  const folded = box && box.closest("details:not([open])");
  const target = (!folded && box) || card.querySelector(".prompt .main") || card.querySelector(".code");
  if (target) target.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
}

function isBusy(card) {
  if (card.getAttribute("aria-busy") === "true") return true;
  if (card.querySelector("textarea:focus, select:focus")) return true;
  return [...card.querySelectorAll("textarea, input[type=file]")].some((box) =>
    box.type === "file" ? box.files.length : box.value !== box.defaultValue);
}

async function refresh(card) {
  const answer = await fetch(address(pathOf(card.dataset.code)));
  if (answer.status === 404) return leave(card);
  if (!answer.ok) return;
  swap(card, await answer.text());
}

function leave(card) {
  if (isBusy(card)) return tell(card, words.gone);
  toast.classList.remove("vh");
  const next = card.nextElementSibling?.querySelector(".code");
  if (next && card.contains(document.activeElement)) next.focus({ preventScroll: true });
  card.remove();
}

// The card under the officer's hands is not torn away; a line on it says that there is a newer one.
function tell(card, text, look) {
  if (card.querySelector(".news")) return;
  const line = document.createElement("p");
  line.className = "news";
  line.setAttribute("role", "status");
  line.append(text);
  if (look) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button quiet";
    button.textContent = words.look;
    button.addEventListener("click", () => refresh(card));
    line.append(button);
  }
  (card.querySelector(".more") || card).prepend(line);
}

// ---- what others do

async function listen() {
  let failures = 0;
  for (;;) {
    try {
      const began = Date.now();
      const news = await changes();
      offline.hidden = true;
      failures = 0;
      if (news) await follow(news);
      if (Date.now() - began < 3000) await sleep(news ? 500 : 3000); // a server that does not hold is asked less often
    } catch {
      failures += 1;
      offline.hidden = failures < 2;
      await sleep(Math.min(30000, 1000 * 2 ** failures) * (0.75 + Math.random() / 2));
    }
    if (document.hidden) await new Promise((seen) => document.addEventListener("visibilitychange", seen, { once: true }));
  }
}

async function changes() {
  const asked = new URLSearchParams(alone ? { card: alone } : location.search);
  asked.set("since", mark);
  asked.set("fragment", "1");
  const answer = await fetch(`/staff/changes?${asked}`, { signal: AbortSignal.timeout?.(40000) });
  if (answer.status === 401) goOut();
  if (answer.status === 204) return null;
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
}

async function follow(news) {
  const wanted = new Set(news.cards.map(([code]) => code));
  for (const card of [...cards.querySelectorAll(".card")]) {
    if (!wanted.has(card.dataset.code)) alone ? tell(card, words.gone) : leave(card);
  }
  let before = null;
  for (const [code, stamp] of news.cards) {
    await settle(code, stamp, before);
    before = find(code) || before;
  }
  if (news.head) {
    const head = document.getElementById("head");
    if (!head.contains(document.activeElement)) {
      head.replaceChildren(...parse(news.head).body.childNodes);
      showChosen();
    }
    document.title = news.title;
    cards.querySelector(".nothing").hidden = news.cards.length > 0;
  }
  mark = news.mark;
}

async function settle(code, stamp, before) {
  const card = find(code);
  if (!card) return insert(code, before);
  if (card.dataset.stamp === stamp) return;
  if (isBusy(card)) return tell(card, words.changed, true);
  await refresh(card);
}

async function insert(code, before) {
  const answer = await fetch(address(pathOf(code)));
  if (!answer.ok) return;
  const card = parse(await answer.text()).querySelector(".card");
  card.classList.add("fresh");
  if (before) before.after(card);
  else cards.prepend(card);
}

// ---- small things

// On a phone the chips are wider than the screen: the chosen one is to be seen.
function showChosen() {
  const chip = document.querySelector(".scroll [aria-current]:not(:first-child)");
  if (chip) chip.scrollIntoView({ inline: "center", block: "nearest" });
}

cards.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) event.target.form.requestSubmit();
});

cards.addEventListener("change", (event) => {
  const input = event.target;
  if (input.type !== "file") return;
  const tooBig = [...input.files].find((file) => file.size > LARGEST && !file.type.startsWith("image/"));
  input.setCustomValidity(tooBig ? words.tooBig.replace("{name}", tooBig.name) : "");
  if (tooBig) return input.reportValidity();
  const row = document.createElement("div");
  row.className = "chosen";
  for (const file of input.files) {
    if (!file.type.startsWith("image/")) continue;
    const picture = new Image();
    picture.alt = file.name;
    picture.src = URL.createObjectURL(file);
    row.append(picture);
  }
  input.closest("form").querySelector(".chosen")?.remove();
  input.closest(".files").after(row);
});

showChosen();
giveBack(cards.querySelectorAll(".card"));
listen();
