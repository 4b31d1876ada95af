// What this device remembers. Nothing is written to it before the person says something of their own: until then all is
// held in the open page's memory, and `allow` moves it to the disk.

const disk = (() => { try { return window.localStorage; } catch { return null; } })(); // forbidden: memory only
const memory = new Map();
const whenAllowed = [];
let allowed = read('session') !== null;

function read(key) {
  try { return disk?.getItem(`langnghe.${key}`) ?? null; } catch { return null; }
}

export const onAllow = (wake) => (allowed ? wake() : whenAllowed.push(wake));

export function allow() {
  if (allowed) return;
  allowed = true;
  for (const [key, value] of [...memory]) kept.set(key, JSON.parse(value));
  whenAllowed.forEach((wake) => wake());
}

export const kept = {
  get(key) {
    try { return JSON.parse(read(key) ?? memory.get(key) ?? 'null'); } catch { return null; }
  },
  set(key, value) { // false when the disk is full
    memory.set(key, JSON.stringify(value));
    if (!allowed) return true;
    try { disk?.setItem(`langnghe.${key}`, JSON.stringify(value)); } catch { return false; }
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

export const files = (() => { // photos waiting to be sent, and thumbnails: IndexedDB where there is one, else memory
  const held = new Map();
  let base = null;
  const open = () => new Promise((done) => {
    try {
      const opening = indexedDB.open('langnghe', 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore('files');
      opening.onsuccess = () => done(opening.result);
      opening.onerror = () => done(null);
    } catch { done(null); }
  });
  const ask = async (mode, request) => {
    if (!allowed) return null;
    const db = await (base ??= open());
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
      held.set(key, blob);
      if (await ask('readwrite', (store) => store.put(blob, key))) held.delete(key);
    },
    async get(key) { return held.get(key) ?? ask('readonly', (store) => store.get(key)); },
    drop(key) { held.delete(key); return ask('readwrite', (store) => store.delete(key)); },
    async keys() { return (await ask('readonly', (store) => store.getAllKeys())) ?? []; },
    clear() { held.clear(); return ask('readwrite', (store) => store.clear()); },
  };
})();

export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // randomUUID is missing on plain http
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}
