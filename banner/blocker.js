/**
 * The blocker: an inline script, the first of a page and the same for every site, that blocks third parties until the banner
 * has decided. It denies all in consent mode, gives the page a queue named `window.consent`, and blocks what needs consent
 * before the browser requests it: scripts and frames of other sites, and images and preloads of the site's vendors, whether
 * the HTML names them or a script adds them. The attributes of its own element configure it, so one CSP hash covers all sites:
 *
 * - `data-run`: the site's own hosts, those that it lets run, and hosts of code libraries; `data-hold`: those of its vendors.
 *   Each entry is `host`, `*.host`, or either with a beginning of path and query; of several that fit, one with a path counts,
 *   then the longest. So mounts, paths of the site's own hosts at which a vendor is proxied, stand there too.
 * - `data-unknown="run"` lets run what is in neither list.
 * - `data-globals`: what inline code uses of a vendor's library, such as `hbspt.=js.hsforms.net`; it waits with the library.
 *
 * What is held gets `data-consent="unmarked"`; `data-held-type`, `data-held-src`, `data-held-srcset` and `data-held-href` keep
 * what it had. This text stays in pages for years: what it shares with the script keeps its names.
 */
const KEY = Symbol.for("consent");
const SHARED = Symbol.for("consent.blocker");
const scope = /** @type {any} */ (self);

if (!scope[SHARED]) {
  const { hold = "", run = "", unknown, globals = "" } = document.currentScript?.dataset || /** @type {DOMStringMap} */ ({});
  const RUNS = /^\s*$|script|module/i;
  const TAG = /<(script|iframe|img)(?=[\s/])([^>=]|=("[^"]*"|\x27[^\x27]*\x27|(?!["\x27])))*>/gi;
  /** What waits if nobody knows its host: code, what fetches code ahead, and an image of at most one pixel. */
  const CODE = /^<(script|iframe|link.*"(script|module)|img(.*(width|height)\W+[01](p|[^\w.])){2})/is;
  /** An address that inline code imports: as a module, or while it runs. */
  const IMPORT = /(?:import|from)[\s(]*["\x27]([^"\x27]*)/g;
  const SOURCE = /([\s"\x27/])src\s*=\s*("[^"]*"|\x27[^\x27]*\x27|[^\s>]+)/i;

  const held = hold.split(" ");
  /** Whoever fits is held where the group of its entry took part; of several entries one with a path counts, then the longest. */
  const places = RegExp(
    [...held, ...run.split(" "), location.hostname, "*." + location.hostname]
      .sort((/** @type {any} */ one, /** @type {any} */ other) => other.includes("/") - one.includes("/") || other.length - one.length)
      .map((entry) => {
        const source = "^" + entry.replace(/[.+?$|()]/g, "[$&]").replace("*", "[^/]+") + (entry.includes("/") ? "" : "/");
        return held.includes(entry) ? "(" + source + ")" : source;
      })
      .join("|"),
  );

  /**
   * What the script takes over: the nodes that are held, those that a script has given their address, and those that come
   * from another document, where a parser may have made them, so that they never run. It adds `may`.
   *
   * @type {{held: Set<any>, added: WeakSet<any>, parsed: WeakSet<any>, may?: (address: string, node: any) => boolean}}
   */
  const shared = (scope[SHARED] = { held: new Set(), added: new WeakSet(), parsed: new WeakSet() });

  /**
   * Return whether nothing may load from `address` now.
   *
   * @param {unknown} address
   * @param {any} node what loads it; null where there is only its `tag` as text
   * @param {string} [tag]
   */
  const mustWait = (address, node, tag) => {
    try {
      const { hostname, pathname, search, href } = new URL(/** @type {any} */ (address), document.baseURI);
      const found = places.exec(hostname + pathname + search + "?");
      return /^ht/.test(href) && (found ? found.slice(1).join("") : !unknown && CODE.test(tag || node.outerHTML)) && !shared.may?.(href, node);
    } catch {
      return false; // no address
    }
  };

  /**
   * Move the attribute `key` of `node` out of the way.
   *
   * @param {any} node
   * @param {string} key
   * @param {unknown} [value] what it is about to become
   */
  const keep = (node, key, value = node.getAttribute(key)) => {
    if (value !== null) node.setAttribute("data-held-" + key, value);
    node.removeAttribute(key);
  };

  /**
   * Keep the script `node` from running.
   *
   * @param {any} node
   */
  const disarm = (node) => {
    node.dataset.consent = "unmarked";
    keep(node, "type");
    node.type = "text/plain";
  };

  /**
   * Hold `node` where it must not load, and let go of it where it has got another address that may.
   *
   * @param {any} node
   * @param {unknown} [given] the address that it is about to get
   * @returns {boolean | void} whether it must not get it
   */
  const check = (node, given) => {
    const { localName: name, dataset } = node;
    const isScript = name === "script";
    if (!/^(script|iframe|img|link)$/.test(name) || KEY in node || dataset.tag) return;
    if (node.ownerDocument !== document) shared.parsed.add(node);
    const isHeld = dataset.consent === "unmarked";
    if (given) shared.added.add(node);
    if (isHeld) shared.held.add(node);
    else if (dataset.consent || (isScript && !RUNS.test(node.type)) || (name === "link" && !/pre/i.test(node.rel))) return;
    const attribute = name === "link" ? "href" : "src";
    // Of what a speed plugin puts off, where that keeps its address: held here, it does not keep the plugin waiting.
    const delayed = /^rocket|speed/.test(node.type) && (dataset.rocketSrc || dataset.src);
    const address = given ?? (delayed || node.getAttribute(attribute));
    if (!address) return;
    if (mustWait(address, node)) {
      shared.held.add(node);
      if (isScript) {
        if (RUNS.test(node.type)) disarm(node);
        if (delayed) {
          node.src = delayed;
          shared.added.delete(node);
        }
        return;
      }
      dataset.consent = "unmarked";
      keep(node, "srcset");
      keep(node, attribute, address);
      return true;
    }
    if (isHeld) {
      shared.held.delete(node);
      if (isScript) node.removeAttribute("type");
      if (dataset.heldType) node.type = dataset.heldType;
      for (const key in dataset) if (/^(consent|held)/.test(key)) delete dataset[key];
    }
  };

  /** @param {any} root */
  const inspect = (root) => {
    if (root?.nodeType === 1) check(root);
    root?.querySelectorAll?.("script,iframe,img,link").forEach((/** @type {any} */ node) => check(node));
  };

  /**
   * Have inline code wait that imports what must not load, or that uses a library which is held.
   *
   * @param {any} node
   */
  const checkInline = (node) => {
    if (node?.src !== "" || !node.text || node.dataset.consent || !RUNS.test(node.type)) return;
    /** @type {any} */
    let after;
    node.text.replace(IMPORT, (/** @type {string} */ _, /** @type {string} */ address) => (after ||= mustWait(address, node) && address));
    for (const pair of globals.split(" ")) {
      const [word, place] = pair.split("=");
      after ||= node.text.includes(word) && [...shared.held].find(({ src = "" }) => src.includes(place))?.src;
    }
    if (!after) return;
    disarm(node);
    node.dataset.heldAfter = after;
  };

  /**
   * Return markup in which what must not load has its address out of the way. No quote is added, since the text may stand in
   * one of a script's own.
   *
   * @param {any} text what is no string, as of Trusted Types, stays as it is
   */
  const marked = (text) =>
    text.replace?.(TAG, (/** @type {string} */ tag, /** @type {string} */ name) => {
      const address = SOURCE.exec(tag)?.[2].replace(/["\x27]/g, "");
      const type = /\stype\s*=\s*["\x27]?([^\s"\x27>]*)/i.exec(tag)?.[1] || "";
      const isScript = /^s/i.test(name);
      if (!address || /\sdata-(consent|tag)\b/i.test(tag) || (isScript && !RUNS.test(type)) || !mustWait(address, null, tag)) return tag;
      return isScript
        ? tag.replace(name, "$& data-consent=unmarked type=text/plain" + (type && " data-held-type=" + type))
        : tag.replace(SOURCE, "$1data-consent=unmarked data-held-src=$2");
    }) ?? text;

  /**
   * Have `before` see each call of a method, or each value that a property gets. Where it returns true nothing comes of the
   * call; where it returns a list, that is what is given. What it throws is no matter of the page.
   *
   * @param {string} owners
   * @param {string} names
   * @param {(self: any, ...args: any[]) => any} before
   */
  const guard = (owners, names, before) => {
    for (const owner of owners.split(" ")) {
      for (const name of names.split(" ")) {
        const { prototype } = scope[owner] || {};
        const found = prototype && Object.getOwnPropertyDescriptor(prototype, name);
        if (!found) continue;
        const kind = found.set ? "set" : "value";
        const original = /** @type {any} */ (found[kind]);
        found[kind] = function (/** @type {any[]} */ ...args) {
          let seen;
          try {
            seen = before(this, ...args);
          } catch {
            // Then the page goes on as without us.
          }
          if (seen !== true) return original.apply(this, seen || args);
        };
        Object.defineProperty(prototype, name, found);
      }
    }
  };

  guard("HTMLLinkElement HTMLImageElement HTMLIFrameElement HTMLScriptElement", "src href", check);
  guard("Element", "setAttribute", (node, name, value) => /^(src|href)$/i.test(name) && check(node, value));
  const insert = (/** @type {any} */ _, /** @type {any[]} */ ...nodes) => nodes.forEach(inspect);
  guard("Element CharacterData Document Node DocumentFragment", "appendChild insertBefore replaceChild after append before prepend replaceWith replaceChildren insertAdjacentElement", insert);
  const write = (/** @type {any} */ node, /** @type {any[]} */ ...texts) => !/^(script|template)$/.test(node.localName) && texts.map(marked);
  guard("Element ShadowRoot Range", "innerHTML outerHTML insertAdjacentHTML createContextualFragment", write);
  /** What the page has begun to write and not ended: a tag in two calls. */
  let unfinished = "";
  guard("Document", "write writeln", (_, ...texts) => {
    if (texts.some((text) => text instanceof Object)) return; // of Trusted Types
    const text = unfinished + texts.join("");
    unfinished = /<(script|iframe|img)\b[^>]*$/i.exec(text)?.[0] || "";
    return [marked(text.slice(0, text.length - unfinished.length))];
  });

  new MutationObserver((records) =>
    records.forEach(({ target, addedNodes }) => {
      addedNodes.forEach(inspect);
      // The text of a script may come in several packets.
      if (document.readyState === "loading") [...addedNodes, target, target.parentNode].map(checkInline);
    }),
  ).observe(document, { childList: true, subtree: true, characterData: true });

  // What a framework has put above and has not begun is stopped: no script runs in another document than it was read in.
  const apart = new Document();
  for (const above of /** @type {any[]} */ ([...document.scripts])) {
    const copy = document.createElement("script");
    for (const { name, value } of above.attributes) copy.setAttribute(name, value);
    shared.added.delete(copy);
    if (!(above.async || above.defer || above.type === "module") || copy.dataset.consent !== "unmarked") continue;
    copy.nonce = above.nonce;
    above.replaceWith(copy);
    apart.adoptNode(above);
  }

  /** @type {any} */
  const queue = { calls: [] };
  for (const name of "withdraw event when open set".split(" "))
    queue[name] = (/** @type {any[]} */ ...args) => new Promise((resolve) => queue.calls.push([name, args, resolve]));
  if (!Object.hasOwn(scope, "consent")) scope.consent = queue;

  /** @type {any} */ (function () {
    (scope.dataLayer ||= []).push(arguments);
  })("consent", "default", {
    ad_storage: "denied",
    ad_user_data: "denied",
    ad_personalization: "denied",
    analytics_storage: "denied",
    functionality_storage: "denied",
    personalization_storage: "denied",
    security_storage: "granted",
    wait_for_update: 500,
  });
}
