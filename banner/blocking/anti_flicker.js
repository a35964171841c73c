/**
 * End an anti-flicker snippet whose script is blocked: otherwise the page, and our layer with it if all of `<html>` is
 * hidden, would stay hidden until the snippet times out. Such a snippet has its own style sheet with a rule that hides
 * `<html>` or `<body>`. Only the rule is emptied: a changed node wouldn't match a framework's own copy.
 */
import { page, quiet } from "../page/safe_dom.js";

const HIDES = /(opacity: 0|visibility: hidden) !important/;

/** Show a page hidden by an anti-flicker snippet. */
export function endAntiFlicker() {
  for (const sheet of page.styleSheets) void emptyRule(sheet);
  void endOptimize();
}

const emptyRule = quiet((/** @type {CSSStyleSheet} */ { cssRules, media }) => {
  const { selectorText, style } = /** @type {CSSStyleRule} */ (cssRules[0]); // throws for a style sheet from another site
  const isOfPage = selectorText === "body" || page.documentElement.matches(selectorText);
  if (isOfPage && !media.length && HIDES.test(style.cssText)) style.cssText = "";
});

/** Google Optimize's rule belongs to the page and may be in any of its sheets: a class on `<html>` activates it. */
const endOptimize = quiet(() => /** @type {any} */ (window).dataLayer?.hide?.end?.());
