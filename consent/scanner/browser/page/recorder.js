// Runs first in every frame of a scanned page. Notes who stores something or takes a fingerprint, and changes nothing but
// one thing: what a banner of this service sends as the page goes away is noted and held back, since a scan is no visitor.
(() => {
  const send = window["@NAME@"];
  if (!send) return;
  const soon = queueMicrotask.bind(window);
  const stringify = JSON.stringify;
  const began = performance.timeOrigin;
  const clock = performance.now.bind(performance);
  const kept = [];
  const fonts = new Set();
  let left = 3000;
  let waiting = false;

  const flush = () => {
    waiting = false;
    send(stringify(kept.splice(0)));
  };

  const callers = () => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 40;
    const lines = String(new Error().stack).split("\n");
    Error.stackTraceLimit = limit;
    const found = new Set();
    for (const line of lines) {
      const from = line.indexOf("http");
      if (from >= 0) found.add(line.slice(from, from + 600).replace(/:\d+:\d+\)?$/, ""));
    }
    return [...found].slice(0, 10);
  };

  const note = (kind, name, more) => {
    if (left-- <= 0) return;
    try {
      kept.push({ kind, name: String(name).slice(0, 600), at: began + clock(), by: callers(), host: location.hostname, ...more });
      if (!waiting) soon(flush); // not later: a page may lead on to the next one in this very task
      waiting = true;
    } catch {}
  };

  const before = (prototype, method, act) => {
    const original = prototype?.[method];
    if (typeof original !== "function") return;
    prototype[method] = {
      [method](...given) {
        try {
          act(this, given);
        } catch {}
        return Reflect.apply(original, this, given);
      },
    }[method];
  };

  // A closed shadow tree is open to the scan alone, which reads it from the element: a banner may stand in one.
  const closed = new WeakMap();
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = {
    attachShadow(...given) {
      const root = Reflect.apply(attach, this, given);
      if (root.mode === "closed") closed.set(this, root);
      return root;
    },
  }.attachShadow;
  const shadow = Symbol.for("consent-scan-shadow");
  Object.defineProperty(Element.prototype, shadow, {
    get() {
      return closed.get(this);
    },
    set(root) {
      closed.set(this, root);
    },
  });

  const cookie = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
  Object.defineProperty(Document.prototype, "cookie", {
    ...cookie,
    set(text) {
      const [pair, ...rest] = String(text).slice(0, 5000).split(";");
      const ends = rest.some((part) => /^\s*(max-age=(0|-)|expires=.*\b19\d\d\b)/i.test(part.slice(0, 60)));
      note("cookie", pair.split("=")[0].trim(), { deletes: ends });
      cookie.set.call(this, text);
    },
  });
  before(window.CookieStore?.prototype, "set", (_, [first]) => note("cookie", first?.name ?? first));
  before(Storage.prototype, "setItem", (store, [name]) => {
    note(store === window.sessionStorage ? "session_storage" : "local_storage", name);
  });
  before(window.IDBFactory?.prototype, "open", (_, [name]) => note("indexed_db", name));
  before(window.CacheStorage?.prototype, "open", (_, [name]) => note("cache", name));
  before(window.ServiceWorkerContainer?.prototype, "register", (_, [address]) => {
    note("service_worker", new URL(address, document.baseURI).href);
  });

  // The browser's own word on a pixel names the page alone: it is asked for after the script has gone on.
  const source = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, "src");
  Object.defineProperty(HTMLImageElement.prototype, "src", {
    ...source,
    set(address) {
      source.set.call(this, address);
      const whole = source.get.call(this);
      if (whole.startsWith("http")) note("pixel", whole.slice(0, 600));
    },
  });
  before(window, "open", () => note("window", ""));
  // What a shared worker requests nobody sees from here.
  const shared = window.SharedWorker;
  if (shared) {
    window.SharedWorker = new Proxy(shared, {
      construct(target, given, made) {
        note("shared_worker", new URL(given[0], document.baseURI).href);
        return Reflect.construct(target, given, made);
      },
    });
  }

  const fingerprint = (name) => note("fingerprint", name);
  for (const method of ["toDataURL", "toBlob"]) {
    before(window.HTMLCanvasElement?.prototype, method, () => fingerprint("canvas"));
  }
  before(window.CanvasRenderingContext2D?.prototype, "getImageData", () => fingerprint("canvas"));
  before(window.OfflineAudioContext?.prototype, "startRendering", () => fingerprint("audio"));
  before(window.AnalyserNode?.prototype, "getFloatFrequencyData", () => fingerprint("audio"));
  before(window.CanvasRenderingContext2D?.prototype, "measureText", (context) => {
    fonts.add(String(context.font).slice(0, 100));
    if (fonts.size === 20) fingerprint("fonts");
  });
  before(window.FontFaceSet?.prototype, "check", (_, [font]) => {
    fonts.add(String(font).slice(0, 100));
    if (fonts.size === 20) fingerprint("fonts");
  });
  // Whoever lists installed fonts by the width of a text names a family of its own for each, on the element itself.
  const families = new Set();
  const measured = (element) => {
    const [family] = (element.style?.fontFamily ?? "").split(",");
    if (!family || families.has(family) || families.size >= 20) return;
    families.add(family.slice(0, 100));
    if (families.size === 20) fingerprint("fonts");
  };
  for (const side of ["offsetWidth", "offsetHeight"]) {
    const own = Object.getOwnPropertyDescriptor(HTMLElement.prototype, side);
    Object.defineProperty(HTMLElement.prototype, side, {
      ...own,
      get() {
        try {
          measured(this);
        } catch {}
        return own.get.call(this);
      },
    });
  }
  before(Element.prototype, "getBoundingClientRect", measured);
  for (const kind of ["WebGLRenderingContext", "WebGL2RenderingContext"]) {
    before(window[kind]?.prototype, "getParameter", (_, [what]) => {
      if (what === 37445 || what === 37446) fingerprint("webgl"); // UNMASKED_VENDOR_WEBGL, UNMASKED_RENDERER_WEBGL
    });
  }

  // A script is asked for before the page's own inline ones have run: what comes first is told by when each has run.
  const ran = ({ isTrusted, target }) => {
    if (isTrusted && target instanceof HTMLScriptElement && target.src) note("ran", target.src);
  };
  document.addEventListener("load", ran, true);

  const WRITES = /\/api\/v1\/sites\/[a-z0-9-]+\/(receipts|events|sightings)$/;
  const beacon = Navigator.prototype.sendBeacon;
  Navigator.prototype.sendBeacon = function sendBeacon(...given) {
    if (WRITES.test(String(given[0]))) return true;
    return Reflect.apply(beacon, this, given);
  };

  const hear = (entry) => {
    if (!entry || entry[0] !== "consent") return;
    const pairs = Object.entries(entry[2] || {}).slice(0, 30);
    const values = Object.fromEntries(pairs.map(([key, value]) => [key.slice(0, 60), String(value).slice(0, 60)]));
    note("consent_mode", entry[1], { values });
  };
  const heard = new WeakSet();
  let layer;
  const listen = (found) => {
    if (!Array.isArray(found) || heard.has(found)) return;
    heard.add(found);
    found.forEach(hear);
    const push = found.push;
    found.push = function (...entries) {
      entries.forEach(hear);
      return push.apply(this, entries);
    };
  };
  Object.defineProperty(window, "dataLayer", {
    configurable: true,
    enumerable: true,
    get: () => layer,
    set(found) {
      layer = found;
      listen(found);
    },
  });
})();
