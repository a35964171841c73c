/**
 * The blocker: an inline script, the first one on a page and the same for every site, that blocks third parties until
 * the banner has decided. It denies everything in consent mode, creates `window.consent` as a queue, and blocks what
 * needs consent before the browser requests it: third-party scripts and frames, and images and preloads of the site's
 * vendors, whether they are in the HTML or added by a script. It is configured by its element's attributes, so that one
 * CSP hash covers all sites:
 *
 * - `data-run`: the site's own hosts, other hosts that it allows, and hosts of code libraries; `data-hold`: its vendors'.
 *   Each entry is `host`, `*.host`, or either with a prefix of path and query. Of several matching entries, those with a
 *   path take precedence, then the longest. So mounts, paths on the site's own hosts that proxy a vendor, are listed too.
 * - `data-unknown="run"` runs what is in neither list.
 * - `data-globals`: what inline code uses of a vendor's library, such as `hbspt.=js.hsforms.net`; it waits for the library.
 *
 * Blocked nodes get `data-consent="unmarked"`; `data-held-type`, `data-held-src`, `data-held-srcset` and
 * `data-held-href` store their original attributes. This code stays in pages for years: names that it shares with the
 * script must not change.
 */
const KEY = Symbol.for("consent");
const SHARED = Symbol.for("consent.blocker");
const scope = /** @type {any} */ (self);

if (!scope[SHARED]) {
  const { hold = "", run = "", unknown, globals = "" } = document.currentScript?.dataset || /** @type {DOMStringMap} */ ({});
  const RUNS = /^\s*$|script|module/i;
  const TAG = /<(script|iframe|img)(?=[\s/])([^>=]|=("[^"]*"|\x27[^\x27]*\x27|(?!["\x27])))*>/gi;
  /** What to block if its host is unknown: code, preloads of code, and images of at most one pixel. */
  const CODE = /^<(script|iframe|link.*"(script|module)|img(.*(width|height)\W+[01](p|[^\w.])){2})/is;
  /** An address that inline code imports, statically or dynamically. */
  const IMPORT = /(?:import|from)[\s(]*["\x27]([^"\x27]*)/g;
  const SOURCE = /([\s"\x27/])src\s*=\s*("[^"]*"|\x27[^\x27]*\x27|[^\s>]+)/i;

  const held = hold.split(" ");
  /**
   * Matches hosts and paths; a capture group took part if the address is to be blocked. Entries with a path come first,
   * then longer ones.
   */
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
   * Shared with the script, which adds `may`: the blocked nodes, those whose address was set by a script, and those
   * from another document, where a parser may have created them so that they never run.
   *
   * @type {{held: Set<any>, added: WeakSet<any>, parsed: WeakSet<any>, may?: (address: string, node: any) => boolean}}
   */
  const shared = (scope[SHARED] = { held: new Set(), added: new WeakSet(), parsed: new WeakSet() });

  /**
   * Return whether nothing may load from `address` now.
   *
   * @param {unknown} address
   * @param {any} node the node that loads it; null if there is only its `tag` as text
   * @param {string} [tag]
   */
  const mustWait = (address, node, tag) => {
    try {
      const { hostname, pathname, search, href } = new URL(/** @type {any} */ (address), document.baseURI);
      const found = places.exec(hostname + pathname + search + "?");
      return /^ht/.test(href) && (found ? found.slice(1).join("") : !unknown && CODE.test(tag || node.outerHTML)) && !shared.may?.(href, node);
    } catch {
      return false; // not a valid address
    }
  };

  /**
   * Move the attribute `key` of `node` to `data-held-*`.
   *
   * @param {any} node
   * @param {string} key
   * @param {unknown} [value] the value that it is about to get
   */
  const keep = (node, key, value = node.getAttribute(key)) => {
    if (value !== null) node.setAttribute("data-held-" + key, value);
    node.removeAttribute(key);
  };

  /**
   * Prevent the script `node` from running.
   *
   * @param {any} node
   */
  const disarm = (node) => {
    node.dataset.consent = "unmarked";
    keep(node, "type");
    node.type = "text/plain";
  };

  /**
   * Block `node` if it must not load, and unblock it if it has got a new address that may load.
   *
   * @param {any} node
   * @param {unknown} [given] the address that it is about to get
   * @returns {boolean | void} whether the address must not be set
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
    // The address that a script delayed by a speed plugin is kept under: blocking the script here keeps it out of the
    // plugin's queue.
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
   * Block inline code that imports what must not load, or that uses a blocked library.
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
   * Return markup in which blocked elements have their address moved away. It adds no quotes, since the text may be
   * inside a script's string.
   *
   * @param {any} text returned unchanged if not a string, as with Trusted Types
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
   * Call `before` on each call of a method or each assignment to a property. If it returns true, the call is dropped;
   * if it returns a list, that replaces the arguments. Exceptions in it don't reach the page.
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
            // The page then continues as without us.
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
  /** A tag that the page has begun to write and not finished, split over two calls. */
  let unfinished = "";
  guard("Document", "write writeln", (_, ...texts) => {
    if (texts.some((text) => text instanceof Object)) return; // Trusted Types
    const text = unfinished + texts.join("");
    unfinished = /<(s|i)[^>]*$/i.exec(text)?.[0] || "";
    return [marked(text.slice(0, text.length - unfinished.length))];
  });

  new MutationObserver((records) =>
    records.forEach(({ target, addedNodes }) => {
      addedNodes.forEach(inspect);
      // A script's text may arrive in several packets.
      if (document.readyState === "loading") [...addedNodes, target, target.parentNode].map(checkInline);
    }),
  ).observe(document, { childList: true, subtree: true, characterData: true });

  // Stop scripts that a framework put above this one and that haven't started: a script doesn't run in any document but
  // the one that parsed it.
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
