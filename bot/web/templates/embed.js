// The chat on another site's page, by one tag: <script src="https://…/widget.js" defer></script>
// Also read: data-side="left", data-label="…", data-start="CODE" (as in a QR code). The chat itself lives in a frame from our
// host, loaded when the person opens it; nothing is stored before they send a message, then only that there is a chat.
(() => {
  const script = document.currentScript;
  const home = new URL(script.src).origin;
  const words = {{ words|tojson }};
  const label = script.dataset.label || words['widget.open'];
  const KEPT = `langnghe.widget ${home}`;
  const kept = (work) => { try { return work(window.localStorage); } catch { return null; } }; // it may be forbidden

  const STYLE = `
    :host { all: initial; position: fixed; z-index: 2147483000; bottom: 1rem; right: 1rem; font: 600 1rem/1.25 system-ui, sans-serif; }
    :host([data-side=left]) { right: auto; left: 1rem; }
    [hidden] { display: none !important; }
    button { position: relative; display: flex; align-items: center; gap: .5rem; min-height: 3.5rem; max-width: calc(100vw - 2rem);
             padding: .5rem 1.25rem; border: 2px solid #fff; border-radius: 2rem; background: #17694e; color: #fff; font: inherit;
             cursor: pointer; box-shadow: 0 2px 12px rgb(0 0 0 / .3); }
    button:hover { background: #0f4d39; }
    button:focus-visible { outline: 3px solid #0b57d0; outline-offset: 3px; }
    svg { width: 1.75rem; height: 1.75rem; flex: none; fill: none; stroke: currentColor; stroke-width: 3; stroke-linecap: round; }
    b { position: absolute; top: -.75rem; right: -.5rem; box-sizing: border-box; min-width: 1.75rem; padding: .1rem .35rem; border: 2px solid #fff;
        border-radius: 1rem; background: #a1261c; font-size: .875rem; text-align: center; }
    :host([data-side=left]) b { right: auto; left: -.5rem; }
    div { position: fixed; bottom: 1rem; right: 1rem; width: min(26rem, calc(100vw - 2rem)); height: min(44rem, calc(100vh - 2rem));
          border-radius: 1rem; overflow: hidden; background: #f5f3ec; box-shadow: 0 4px 32px rgb(0 0 0 / .35); }
    :host([data-side=left]) div { right: auto; left: 1rem; }
    iframe { display: block; width: 100%; height: 100%; border: 0; }
    @media (max-width: 30rem), (max-height: 26rem) {
      div { inset: 0 !important; width: auto; height: auto; border-radius: 0; }
    }`;

  const host = document.createElement('langnghe-chat');
  if (script.dataset.side) host.dataset.side = script.dataset.side;
  const root = host.attachShadow({ mode: 'open' });
  root.innerHTML = `<button type="button" aria-haspopup="dialog" aria-expanded="false">
    <svg viewBox="0 0 44 44" aria-hidden="true"><path d="M22 4c10.4 0 18 7.2 18 16.5S32.4 37 22 37c-1.8 0-3.6-.2-5.2-.7L8.4 40l1.3-6.7C6 30.3 4 25.8 4 20.5 4 11.2 11.6 4 22 4Z"/></svg>
    <span></span><b hidden aria-hidden="true"></b></button><div role="dialog" hidden></div>`;
  try { // a portal's policy may forbid a <style>, but not this
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
  } catch {
    root.append(Object.assign(document.createElement('style'), { textContent: STYLE }));
  }
  const launcher = root.querySelector('button');
  const panel = root.querySelector('div');
  const badge = root.querySelector('b');
  root.querySelector('span').textContent = label;
  panel.setAttribute('aria-label', words['widget.title']);

  let frame = null;
  let isReady = false;
  const isOpen = () => !panel.hidden;
  const tell = () => isReady && frame.contentWindow.postMessage({ langnghe: isOpen() ? 'open' : 'close' }, home);

  function load(start) {
    if (frame) return;
    frame = document.createElement('iframe');
    frame.title = words['widget.title'];
    frame.allow = 'geolocation; microphone; camera';
    frame.src = `${home}/widget${start ? `?start=${encodeURIComponent(start)}` : ''}`;
    panel.append(frame);
  }

  function show(open) {
    if (open) load(script.dataset.start);
    panel.hidden = !open;
    launcher.hidden = open;
    launcher.setAttribute('aria-expanded', String(open));
    tell();
    (open ? frame : launcher).focus();
  }

  function count(unread) {
    badge.hidden = !unread;
    badge.textContent = unread > 9 ? '9+' : unread;
    if (unread) launcher.setAttribute('aria-label', words['widget.unread'].replace('{label}', label).replace('{count}', unread));
    else launcher.removeAttribute('aria-label');
  }

  const heard = {
    ready() { isReady = true; tell(); },
    close() { if (isOpen()) show(false); },
    unread({ count: unread }) { count(Number(unread) || 0); },
    kept() { kept((disk) => disk.setItem(KEPT, '1')); }, // so that the next page listens for answers by itself
    forgotten() { kept((disk) => disk.removeItem(KEPT)); },
  };

  addEventListener('message', (event) => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== home) return;
    const what = event.data?.langnghe;
    if (Object.keys(heard).includes(what)) heard[what](event.data);
  });
  launcher.addEventListener('click', () => show(true));
  root.addEventListener('keydown', (event) => event.key === 'Escape' && isOpen() && show(false));
  const begin = () => {
    document.body.append(host);
    if (kept((disk) => disk.getItem(KEPT))) load(); // a chat goes on: no start code again
  };
  if (document.body) begin();
  else addEventListener('DOMContentLoaded', begin);
})();
