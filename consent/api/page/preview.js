// Runs before the script of a site in the browser that holds a preview link: it marks the page, and nothing of the preview
// is sent or stays.
function previewHere({ site, name, until, vendors }) {
  const [, base] = /^(.*?)\/b\//.exec(document.currentScript.src) || [];
  const api = `${base}/api/v1/sites/${site}/`;
  const own = `consent_${site}`;
  const { fetch: ask, Response: Answer } = window;
  const send = navigator.sendBeacon.bind(navigator);
  window.fetch = async (address, options) => {
    const asked = String(address?.url || address);
    if (!asked.startsWith(api)) return ask(address, options);
    if (asked.startsWith(`${api}vendors`)) return Answer.json({ vendors });
    if (asked.startsWith(`${api}decision`)) return ask(`${base}/p/${site}/decision${new URL(asked).search}`, options);
    return /^POST$/i.test(options?.method) ? new Answer(null, { status: 204 }) : ask(address, options);
  };
  navigator.sendBeacon = (address, body) => String(address).startsWith(api) || send(address, body);

  // The choice of a preview is none of the browser's real ones: it lasts as long as the tab.
  const real = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
  const second = `${own}_tcf`;
  const isOwn = (pair) => [own, second].some((name) => pair.startsWith(`${name}=`));
  Object.defineProperty(Document.prototype, "cookie", {
    configurable: true,
    get() {
      const others = real.get.call(this).split("; ").filter((pair) => pair && !isOwn(pair));
      const chosen = [own, second].map((name) => [name, sessionStorage.getItem(`${name}_preview`)]);
      return [...others, ...chosen.filter(([, value]) => value).map((pair) => pair.join("="))].join("; ");
    },
    set(text) {
      const [name] = text.split("=", 1);
      if (!isOwn(text)) real.set.call(this, text);
      else if (!/max-age=0/i.test(text)) sessionStorage.setItem(`${name}_preview`, text.slice(name.length + 1).split(";")[0]);
    },
  });
  const kept = new Map();
  const { getItem, setItem, removeItem } = Storage.prototype;
  const isOurs = (storage, item) => storage === localStorage && String(item).startsWith(`${own}_`);
  Storage.prototype.getItem = function (item) {
    return isOurs(this, item) ? (kept.get(item) ?? null) : getItem.call(this, item);
  };
  Storage.prototype.setItem = function (item, text) {
    return isOurs(this, item) ? void kept.set(item, String(text)) : setItem.call(this, item, text);
  };
  Storage.prototype.removeItem = function (item) {
    return isOurs(this, item) ? void kept.delete(item) : removeItem.call(this, item);
  };

  const mark = document.createElement("div");
  const time = new Date(until * 1000).toLocaleString();
  const leave = document.createElement("a");
  leave.textContent = "Leave";
  leave.href = `${base}/p/${site}`;
  leave.style.cssText = "color:inherit;margin-inline-start:1em";
  mark.append(`Preview of the draft of ${name}, for you alone, until ${time}`, leave);
  mark.style.cssText =
    "all:initial;position:fixed;inset-block-start:0;inset-inline:0;z-index:2147483647;padding:.4em 1em;font:14px system-ui;" +
    "text-align:center;color:#fff;background:#5b21b6";
  const show = () => (document.body ? document.body.append(mark) : setTimeout(show, 50));
  show();
}
