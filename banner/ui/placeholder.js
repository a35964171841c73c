/** Place a placeholder of the same size before a blocked frame, so that the layout does not shift when it loads. */
import { element, quiet } from "../page/safe_dom.js";
import { newShadowHost } from "./shadow_host.js";

/** A name that no element of a page has: morphing would make a part of the page of a `<div>`. */
const NAME = "consent-placeholder";

/** @type {Map<HTMLIFrameElement, HTMLElement | null>} */
const placeholders = new Map();

/** A button of less has no room to be pressed (WCAG 2.5.8), with a border around it. */
const MIN_SIZE_PX = 26;

// Where there is little room the words give way, and are scrolled; the buttons do not, and what is flat has them beside the words.
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

/** The box of a frame, as far as it is not its size. */
const BOX = ["position", "top", "left", "float", "margin", "flex", "grid-area", "vertical-align"];

/**
 * Put a placeholder with `words` and a button for each of `acts` before `frame`, once it is laid out.
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
    // A frame without room has nothing to show: a tracker, or a part of the page that is not open yet.
    if (Math.min(frame.offsetWidth, frame.offsetHeight) < MIN_SIZE_PX) return;
    observer.disconnect();
    // Each says whose content it is of, to those who hear it without the words that stand above.
    const buttons = acts.map(([text, click]) => element("button", { click, "aria-describedby": "words" }, text));
    const text = element("div", { class: "words" }, ...words);
    words[0].id = "words";
    const content = element("div", { class: "frame" }, text, element("div", { class: "acts" }, ...buttons));
    const host = newShadowHost(NAME, {}, CSS + boxOf(frame), content);
    frame.before(host);
    frame.style.setProperty("display", "none", "important");
    placeholders.set(frame, host);
    if (text.scrollHeight > text.clientHeight) text.tabIndex = 0; // not every browser lets the keyboard scroll else
    keepPlaceholder(frame, host, () => placePlaceholder(frame, words, acts));
  });
  const observer = new ResizeObserver(show);
  observer.observe(frame);
}

let times = 99; // a page that removes each one must not loop forever

/**
 * Call `again` once something else takes away `host` and leaves `frame`, as morphing does, which writes over its style, too.
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
 * Show `frame` again where a placeholder stood, with the focus where a button of that had it.
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
  if (hadFocus) frame.focus({ preventScroll: true }); // else a screen reader would begin at the page's top
}

/**
 * Undo what `frame` has of another one, of which it is a copy in a page that a framework kept: a placeholder without its inside.
 *
 * @param {HTMLIFrameElement} frame
 */
function dropCopy(frame) {
  const copy = frame.previousElementSibling;
  if (copy?.localName !== NAME || copy.shadowRoot) return;
  copy.remove();
  frame.style.removeProperty("display");
}

/** Take away the placeholders whose frames the page took away. */
export function sweepPlaceholders() {
  for (const frame of placeholders.keys()) if (!frame.isConnected) dropPlaceholder(frame);
}

/** @param {HTMLIFrameElement} frame */
function boxOf(frame) {
  const style = getComputedStyle(frame);
  const over = frame.offsetWidth - roomOf(frame, style.position === "absolute");
  // What fills its container goes on to do so, with the border that may stand out of it; what is wider yet is cut to it.
  const whole = `calc(100% + ${over > frame.offsetWidth - frame.clientWidth ? 0 : over}px)`;
  return `:host{${[
    ...BOX.map((name) => `${name}:${style.getPropertyValue(name)}`),
    `display:${style.display === "inline" ? "inline-block" : style.display}`,
    ...(over < 0 ? [`width:${frame.offsetWidth}px`] : [`width:${whole}`, `max-width:${whole}`]),
    `height:${frame.offsetHeight}px`,
    `contain-intrinsic-width:${frame.offsetWidth}px`, // else what is as wide as its content would have none
  ].join("!important;")}!important}`;
}

/**
 * Return the width that 100 % is for `frame`.
 *
 * @param {HTMLIFrameElement} frame
 * @param {boolean} isOut whether it is positioned in the padding of what contains it, too
 */
function roomOf(frame, isOut) {
  let around = /** @type {Element} */ (isOut ? frame.offsetParent || document.documentElement : frame.parentElement);
  let style = getComputedStyle(around);
  // What is inline has no width of its own.
  while (!isOut && around.parentElement && /^(inline|contents)$/.test(style.display))
    style = getComputedStyle((around = around.parentElement));
  return around.clientWidth - (isOut ? 0 : parseFloat(style.paddingLeft) + parseFloat(style.paddingRight));
}
