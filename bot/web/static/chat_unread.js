// How many messages nobody has looked at: in the title, on the app's icon, and told to the page that has us in a frame.

// Who may frame us is the server's word (frame-ancestors), and nothing said here is a secret: hence '*'.
export const framed = document.documentElement.classList.contains('framed') && parent !== window;
const pageTitle = document.title;
let count = 0;
let open = !framed; // in a frame: whether the portal shows us

export const tellPortal = (what, more = {}) => framed && parent.postMessage({ langnghe: what, ...more }, '*');

const isSeen = () => open && !document.hidden;

export function countOne() {
  show(isSeen() ? 0 : count + 1);
}

function show(now) {
  count = now;
  document.title = count ? `(${count}) ${pageTitle}` : pageTitle;
  if (framed) tellPortal('unread', { count });
  else if (count) navigator.setAppBadge?.(count).catch(() => {}); // only an installed app has a badge
  else navigator.clearAppBadge?.().catch(() => {});
}

export function watchSight(onSeen) {
  const seen = () => { if (isSeen()) { show(0); onSeen(); } };
  document.addEventListener('visibilitychange', seen);
  if (!framed) return;
  addEventListener('message', (event) => {
    if (event.source !== parent || typeof event.data?.langnghe !== 'string') return;
    open = event.data.langnghe === 'open';
    seen();
  });
  addEventListener('keydown', (event) => event.key === 'Escape' && !document.querySelector('dialog[open]') && tellPortal('close'));
  document.getElementById('close').addEventListener('click', () => tellPortal('close'));
  tellPortal('ready');
}
