/**
 * Translate the markup of other consent tools into ours, so that a site can migrate without changing its pages: klaro,
 * vanilla-cookieconsent, Cookiebot, orejime, and tarteaucitron's players. An unknown group counts as advertising.
 */
import { own } from "../decision/groups.js";
import { element, findAll } from "../page/safe_dom.js";
import { parts } from "../parts.js";
import { state } from "../state.js";

/** @type {[RegExp, string][]} */
const GROUPS = [
  [/^(strictly.)?(necessary|required|essential)/, "essential"],
  [/^(func|pref)/, "functional"],
  [/^(anal|stat|perf|meas)/, "analytics"],
];
const INERT = "script[type='text/plain']";
/** The script type of klaro's first versions and of orejime. */
const OPT_IN = "script[type=opt-in]";
const LAZY = ["iframe", "img"];

/** By the class of a tarteaucitron player: the beginning of its frame's address. @type {Record<string, string>} */
const PLAYERS = {
  youtube_player: "https://www.youtube-nocookie.com/embed/",
  vimeo_player: "https://player.vimeo.com/video/",
  dailymotion_player: "https://www.dailymotion.com/embed/video/",
  tac_iframe: "",
  googlemapsembed: "",
};

/** Begin, if the site wants this. */
export default function start() {
  if (state._payload.foreign) parts.push({ work: translate });
}

/** @param {Element | Document} root */
function translate(root) {
  const each = (/** @type {string} */ selector, /** @type {(node: HTMLElement) => void} */ act) => {
    for (const node of findAll(root, selector)) if (!node.dataset.consent) act(node);
  };
  const named = [INERT, OPT_IN, ...LAZY.map((name) => `${name}[data-src]`)].map((one) => one + "[data-name]");
  const blocked = LAZY.map((name) => `${name}[data-cookieblock-src]`);
  each(`${INERT}[data-cookieconsent],${blocked}`, markCookiebot);
  each("template[data-purpose]", ({ dataset }) => mark(dataset, "unclassified", dataset.purpose));
  each(`${INERT}[data-category]`, ({ dataset }) => mark(dataset, groupsOf(dataset.category), dataset.service));
  each(`${INERT}[data-cookiecategory]`, ({ dataset }) => mark(dataset, groupsOf(dataset.cookiecategory)));
  each(`${named}`, (node) => {
    if (node.matches(OPT_IN)) node.setAttribute("type", "text/plain");
    mark(node.dataset, "unclassified", node.dataset.name);
  });
  each(Object.keys(PLAYERS).map((name) => `div.${name}`).join(), placePlayer);
}

/**
 * @param {DOMStringMap} dataset
 * @param {string} groups
 * @param {string} [service]
 */
function mark(dataset, groups, service = "") {
  if (!groups || service.startsWith("!")) return;
  const vendor = vendorNamed(service);
  if (vendor) dataset.vendor = vendor;
  dataset.consent = groups;
}

/** @param {HTMLElement} node */
function markCookiebot({ dataset }) {
  const { cookieconsent = "", cookieblockSrc } = dataset;
  if (cookieconsent === "ignore") return;
  if (cookieblockSrc) dataset.src = cookieblockSrc;
  mark(dataset, groupsOf(cookieconsent));
}

/**
 * Return our groups for another tool's words; none if a leading `!` means a refusal, which we have no equivalent for.
 *
 * @param {string | undefined} words
 */
function groupsOf(words = "") {
  if (words.includes("!")) return "";
  const found = words.toLowerCase().split(/[\s,]+/).filter(Boolean);
  return found.map((word) => GROUPS.find(([pattern]) => pattern.test(word))?.[1] || "advertising").join(" ") || "advertising";
}

/**
 * Return the site's vendor listed under `name`, else the one with that id, ignoring case and punctuation:
 * `googleAnalytics` is `google-analytics`.
 *
 * @param {string} name
 */
function vendorNamed(name) {
  const given = own(/** @type {any} */ (state._payload.foreign), name);
  if (given) return given;
  const plain = (/** @type {string} */ text) => text.toLowerCase().replace(/[^a-z0-9]/g, "");
  return name && state._decision.tags.find(({ vendor }) => plain(vendor) === plain(name))?.vendor;
}

/**
 * Replace a player by one of our frames.
 *
 * @param {HTMLElement} player
 */
function placePlayer(player) {
  const [, before] = /** @type {[string, string]} */ (Object.entries(PLAYERS).find(([name]) => player.classList.contains(name)));
  const get = (/** @type {string} */ name) => player.getAttribute("data-" + name) || player.getAttribute(name);
  const address = before ? before + encodeURIComponent(get("videoid") || "") : get("url");
  const size = { width: get("width"), height: get("height"), title: get("title") };
  player.replaceWith(element("iframe", { ...size, "data-src": address, "data-consent": "unmarked" }));
}
