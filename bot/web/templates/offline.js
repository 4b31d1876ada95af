// The page opens without a network too: kept by the browser once the person has sent a first message, used only when the
// network does not answer. A new page or file changes this script, and with it all that is kept.
const NAME = {{ name|tojson }};
const FILES = {{ files|tojson }};
const PATIENCE = 5000; // ms until a line counts as dead

addEventListener('install', (event) => {
  skipWaiting();
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(['/', ...FILES])));
});

addEventListener('activate', (event) => {
  const old = (names) => names.filter((name) => name.startsWith('langnghe-') && name !== NAME);
  event.waitUntil(caches.keys().then((names) => Promise.all(old(names).map((name) => caches.delete(name)))));
});

addEventListener('fetch', (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (origin !== location.origin || event.request.method !== 'GET') return;
  if (event.request.mode === 'navigate' && pathname === '/') event.respondWith(page(event.request));
  else if (FILES.includes(pathname)) event.respondWith(file(event.request));
});

async function page(request) {
  const kept = await caches.match('/');
  if (!kept) return fetch(request);
  const late = new Promise((resolve) => { setTimeout(resolve, PATIENCE, kept); });
  return Promise.race([fetch(request).catch(() => kept), late]);
}

async function file(request) {
  return (await caches.match(request)) ?? fetch(request);
}
