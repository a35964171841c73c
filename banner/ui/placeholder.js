/** Place a placeholder of the same size before a blocked frame, so that the layout doesn't shift when it loads. */
import { element, quiet } from "../page/safe_dom.js";
import { newShadowHost } from "./shadow_host.js";

/** A name that no element of a page has: morphing would turn a `<div>` into a part of the page. */
const NAME = "consent-placeholder";

/** @type {Map<HTMLIFrameElement, HTMLElement | null>} */
const placeholders = new Map();

/** A smaller button, with its border, has no room to be pressed (WCAG 2.5.8). */
const MIN_SIZE_PX = 26;

// If space is tight, the words shrink and scroll, but the buttons don't; in a flat frame they are next to the words.
const CSS = `:host{box-sizing:border-box!important;max-width:100%!important;overflow:hidden!important;container-type:size!important}
.frame,.acts{display:flex;gap:10px;justify-content:safe center}
.frame{flex-direction:column;height:100%;padding:16px;overflow:auto;text-align:center;overflow-wrap:anywhere;background:var(--card);border:1px solid #8886;border-radius:var(--round)}
.words{overflow:auto;scrollbar-width:thin}
p+p{margin-top:6px;font-size:13px}
a{color:inherit;display:inline-block;min-height:24px}
.acts{flex:none;flex-wrap:wrap}
button{min-width:24px;min-height:24px;padding:8px 14px;background:none;color:inherit;font:inherit;cursor:pointer;border:1px solid;border-radius:var(--round);font-weight:600}
@container(width<330px)or (height<200px){p+p{margin-top:2px}.why{display:none}.frame,.acts{gap:4px}.frame{padding:4px;font-size:13px;line-height:1.3}button{padding:2px 8px}.frame :focus-visible{outline-offset:-3px!important}}
@container(width<150px){.frame{padding:1px;font-size:12px}button{padding:0 2px;line-height:1.1}}
@container(width>280px)and (height<80px){.frame{flex-direction:row;align-items:center}.words{flex:1;max-height:100%}.acts{flex:0 1 auto}}`;

/** The properties of a frame's box, except its size. */
const BOX = ["position", "top", "left", "float", "margin", "flex", "grid-area", "vertical-align"];

/**
 * Put a placeholder with `words` and a button for each of `acts` before `frame`, once it has been laid out.
 *
 * @param {HTMLIFrameElement} frame
 * @param {HTMLElement[]} words paragraphs; the first one describes the buttons
 * @param {[string, () => unknown][]} acts
 */
export function placePlaceholder(frame, words, acts) {
  if (placeholders.has(frame)) return;
  placeholders.set(frame, null);
  dropCopy(frame);
  const show = quiet(() => {
    if (placeholders.get(frame) !== null) return observer.disconnect(); // it may load by now
    // A frame without space has nothing to show: a tracker, or a part of the page that isn't open yet.
    if (Math.min(frame.offsetWidth, frame.offsetHeight) < MIN_SIZE_PX) return;
    observer.disconnect();
    // Each button says whose content it loads, for those who don't hear the words above it.
    const buttons = acts.map(([text, click]) => element("button", { click, "aria-describedby": "words" }, text));
    const text = element("div", { class: "words" }, ...words);
    words[0].id = "words";
    const content = element("div", { class: "frame" }, text, element("div", { class: "acts" }, ...buttons));
    const host = newShadowHost(NAME, {}, CSS + boxOf(frame), content);
    frame.before(host);
    frame.style.setProperty("display", "none", "important");
    placeholders.set(frame, host);
    if (text.scrollHeight > text.clientHeight) text.tabIndex = 0; // not every browser lets the keyboard scroll it otherwise
    keepPlaceholder(frame, host, () => placePlaceholder(frame, words, acts));
  });
  const observer = new ResizeObserver(show);
  observer.observe(frame);
}

let times = 99; // a page that removes each one must not cause an endless loop

/**
 * Call `again` if something else removes `host` but leaves `frame`, as morphing does, which also overwrites its style.
 *
 * @param {HTMLIFrameElement} frame
 * @param {HTMLElement} host
 * @param {() => void} again
 */
function keepPlaceholder(frame, host, again) {
  const look = quiet(() => {
    if (host.isConnected) return;
    observer.disconnect();
    if (!frame.isConnected || placeholders.get(frame) !== host || times-- < 1) return;
    dropPlaceholder(frame);
    again();
  });
  const observer = new MutationObserver(look);
  observer.observe(/** @type {Node} */ (frame.parentNode), { childList: true });
}

/**
 * Show `frame` again in place of its placeholder, with the focus if one of the placeholder's buttons had it.
 *
 * @param {HTMLIFrameElement} frame
 */
export function dropPlaceholder(frame) {
  const host = placeholders.get(frame);
  const hadFocus = host?.shadowRoot?.activeElement;
  host?.remove();
  placeholders.delete(frame);
  dropCopy(frame);
  frame.style.removeProperty("display");
  if (hadFocus) frame.focus({ preventScroll: true }); // otherwise a screen reader would start at the top of the page
}

/**
 * If `frame` is a copy in a page cached by a framework, undo what it copied: a placeholder without its contents.
 *
 * @param {HTMLIFrameElement} frame
 */
function dropCopy(frame) {
  const copy = frame.previousElementSibling;
  if (copy?.localName !== NAME || copy.shadowRoot) return;
  copy.remove();
  frame.style.removeProperty("display");
}

/** Remove the placeholders whose frames the page has removed. */
export function sweepPlaceholders() {
  for (const frame of placeholders.keys()) if (!frame.isConnected) dropPlaceholder(frame);
}

/** @param {HTMLIFrameElement} frame */
function boxOf(frame) {
  const style = getComputedStyle(frame);
  const over = frame.offsetWidth - roomOf(frame, style.position === "absolute");
  // A frame that fills its container keeps doing so, with its border if that overflows; anything wider is cut to fit.
  const whole = `calc(100% + ${over > frame.offsetWidth - frame.clientWidth ? 0 : over}px)`;
  return `:host{${[
    ...BOX.map((name) => `${name}:${style.getPropertyValue(name)}`),
    `display:${style.display === "inline" ? "inline-block" : style.display}`,
    ...(over < 0 ? [`width:${frame.offsetWidth}px`] : [`width:${whole}`, `max-width:${whole}`]),
    `height:${frame.offsetHeight}px`,
    `contain-intrinsic-width:${frame.offsetWidth}px`, // otherwise a frame as wide as its content would have no width
  ].join("!important;")}!important}`;
}

/**
 * Return the width that 100 % means for `frame`.
 *
 * @param {HTMLIFrameElement} frame
 * @param {boolean} isOut whether it is positioned in its container's padding box
 */
function roomOf(frame, isOut) {
  let around = /** @type {Element} */ (isOut ? frame.offsetParent || document.documentElement : frame.parentElement);
  let style = getComputedStyle(around);
  // Inline elements have no width of their own.
  while (!isOut && around.parentElement && /^(inline|contents)$/.test(style.display))
    style = getComputedStyle((around = around.parentElement));
  return around.clientWidth - (isOut ? 0 : parseFloat(style.paddingLeft) + parseFloat(style.paddingRight));
}
