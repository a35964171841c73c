// Does what a chat vendor's script does: recognizes the visitor by a cookie, calls home, and adds a bubble to the page.
(() => {
  const home = new URL(document.currentScript.src).origin;
  if (window.demoChat) return;

  const known = /(?:^|; )demo_chat=([^;]*)/.exec(document.cookie);
  const id = known ? known[1] : Math.random().toString(36).slice(2, 12);
  document.cookie = `demo_chat=${id}; path=/; max-age=2592000; SameSite=Lax`;
  const tell = (event) => fetch(`${home}/hit?event=${event}&visitor=${id}`, { mode: 'cors', credentials: 'include' }).catch(() => {});

  const make = (name, style, text) => {
    const node = document.createElement(name);
    // Set through the CSSOM, which a strict style-src allows.
    node.style.cssText = style;
    if (text) node.textContent = text;
    return node;
  };
  const box = make('div', 'position:fixed;right:16px;bottom:16px;z-index:50;font:15px/1.45 system-ui,sans-serif;text-align:right');
  box.id = 'demo-chat';
  const panel = make('div', 'width:min(260px,calc(100vw - 32px));margin-bottom:10px;padding:14px 16px;border-radius:14px;text-align:left;'
    + 'background:#fff;color:#1d2b24;box-shadow:0 6px 30px #0003', 'Hello! Ask us anything about light, water and pots.');
  panel.hidden = true;
  const bubble = make('button', 'width:56px;height:56px;border:0;border-radius:50%;background:#7a3fc0;color:#fff;'
    + 'padding:14px;cursor:pointer;box-shadow:0 3px 14px #0004');
  const drawing = 'http://www.w3.org/2000/svg';
  const icon = document.createElementNS(drawing, 'svg');
  icon.setAttribute('viewBox', '0 0 24 24');
  const shape = document.createElementNS(drawing, 'path');
  shape.setAttribute('d', 'M4 3h16a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H9l-5 4v-4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z');
  shape.setAttribute('fill', '#fff');
  icon.append(shape);
  bubble.append(icon);
  bubble.type = 'button';
  bubble.setAttribute('aria-label', 'Chat with us');
  bubble.setAttribute('aria-expanded', 'false');
  bubble.addEventListener('click', () => {
    panel.hidden = !panel.hidden;
    bubble.setAttribute('aria-expanded', String(!panel.hidden));
    if (!panel.hidden) tell('open');
  });
  box.append(panel, bubble);
  const show = () => document.body.append(box);
  if (document.body) show(); else addEventListener('DOMContentLoaded', show);

  window.demoChat = {
    remove() {
      box.remove();
      delete window.demoChat;
    },
  };
  tell('load');
})();
