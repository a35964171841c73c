// Read at the end of a page, in each frame: what it keeps, and where its links lead.
async () => {
  const MOST = 2000;
  const soon = (promise) => Promise.race([promise, new Promise((done) => setTimeout(done, 1500, []))]);
  const read = async (ask) => {
    try {
      return [...((await soon(ask())) || [])].slice(0, MOST);
    } catch {
      return [];
    }
  };
  const MARKS = ["_gl", "_ga", "gclid", "fbclid", "msclkid", "ttclid", "twclid", "_hsenc", "_kx", "mc_eid", "irclickid"];
  const links = [...document.querySelectorAll("a[href]")].slice(0, MOST).filter((link) => link.protocol?.startsWith("http"));
  for (const link of links.filter((link) => link.host !== location.host).slice(0, 20)) {
    // Linkers add their mark when the button goes down.
    for (const kind of ["pointerdown", "mousedown", "mouseup"]) {
      link.dispatchEvent(new MouseEvent(kind, { bubbles: true, cancelable: true }));
    }
  }
  const decorated = links
    .filter((link) => link.host !== location.host)
    .flatMap((link) => MARKS.filter((mark) => new URLSearchParams(link.search).has(mark)).map((mark) => [mark, link.host]));
  // Grounds of buttons that are neither gray nor transparent, by the area that has them; those of our banner are no doing of the page.
  const colors = () => {
    const areas = new Map();
    const BUTTONS = "button, [role=button], input[type=submit], a[class*=btn i], a[class*=button i]";
    for (const button of [...document.querySelectorAll(BUTTONS)].slice(0, 500)) {
      const { backgroundColor } = getComputedStyle(button);
      const [red, green, blue] = (/^rgb\((.*)\)$/.exec(backgroundColor)?.[1].split(",") || []).map(Number);
      const { width, height } = button.getBoundingClientRect();
      const isGray = !(Math.max(red, green, blue) - Math.min(red, green, blue) > 24);
      if (isGray || width * height === 0 || button.closest("[data-position]")) continue;
      areas.set(backgroundColor, (areas.get(backgroundColor) || 0) + width * height);
    }
    return [...areas].sort(([, one], [, other]) => other - one).map(([color]) => color);
  };
  const own = () => {
    try {
      const { site, place, regime, language, show, status, links, signals, groups, tags, version } = window.consent.get();
      return { site, place, regime, language, show, status, links, signals, groups, tags, version };
    } catch {
      return null;
    }
  };
  // A visitor's own receipts, where the service stands on the site's host, are a page of the service and none of the site.
  const consent = own();
  const isScript = ({ src }) => consent && src.includes(`/b/${consent.site}.`);
  const receipts = [...document.scripts].filter(isScript).map(({ src }) => `${src.split("/b/")[0]}/r/${consent.site}`);
  // What a registered CMP says was agreed to (IAB TCF, CMP API 2): its callback is called at once with what holds now.
  const tcf = () =>
    new Promise((done) => {
      if (typeof window.__tcfapi !== "function") return done([]);
      const said = ({ tcString, purpose }) => [{ tcString, consents: purpose?.consents, interests: purpose?.legitimateInterests }];
      window.__tcfapi("addEventListener", 2, (data, isGood) => done(isGood && data ? said(data) : []));
    });
  const POLICY = /cookie|privacy|datenschutz|confidentialite|privacidad|legal|gdpr|prywatn/i;
  // What California wants to be seen on each page, in the page's text and that of its shadow trees.
  const WORDS = {
    honored: /opt-?out request honou?red/i,
    do_not_sell: /do not sell or share my personal information/i,
    limit: /limit the use of my sensitive personal information/i,
    choices: /your privacy choices/i,
  };
  const roots = [document];
  for (let index = 0; index < roots.length && index < 50; index++) {
    for (const element of [...roots[index].querySelectorAll("*")].slice(0, 20000)) {
      const shadow = element[Symbol.for("consent-scan-shadow")] ?? element.shadowRoot;
      if (shadow) roots.push(shadow);
    }
  }
  const texts = [document.documentElement?.innerText || "", ...roots.slice(1).flatMap((root) => [...root.children].map((one) => one.innerText || ""))];
  const text = texts.join(" ").slice(0, 500000);
  return {
    said: Object.keys(WORDS).filter((word) => WORDS[word].test(text)),
    consent,
    tcf: await read(tcf),
    policy: POLICY.test(location.pathname) ? text.slice(0, 100000) : "",
    local_storage: await read(() => Object.keys(localStorage)),
    session_storage: await read(() => Object.keys(sessionStorage)),
    indexed_db: await read(async () => (await indexedDB.databases()).map((database) => String(database.name))),
    cache: await read(() => caches.keys()),
    service_worker: await read(async () =>
      (await navigator.serviceWorker.getRegistrations()).map(
        (one) => (one.active || one.installing || one.waiting)?.scriptURL || one.scope,
      ),
    ),
    links: links.map((link) => link.href.slice(0, 2000)).filter((link) => !receipts.includes(link)),
    decorated: decorated.slice(0, 100),
    colors: await read(colors),
    apis: ["__tcfapi", "__gpp", "__uspapi"].filter((name) => typeof window[name] === "function"),
  };
}
