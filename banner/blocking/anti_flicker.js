/**
 * End an anti-flicker snippet whose script is blocked: else the page, and our layer with it where all of `<html>` is hidden,
 * would stay hidden until the snippet times out. Such a snippet has a style sheet of its own, whose rule hides
 * `<html>` or `<body>`. The rule is emptied and no node is changed, which a framework would find different from its own.
 */
import { page, quiet } from "../page/safe_dom.js";

const HIDES = /(opacity: 0|visibility: hidden) !important/;

/** Show the page that an anti-flicker snippet hides. */
export function endAntiFlicker() {
  for (const sheet of page.styleSheets) void emptyRule(sheet);
  void endOptimize();
}

const emptyRule = quiet((/** @type {CSSStyleSheet} */ { cssRules, media }) => {
  const { selectorText, style } = /** @type {CSSStyleRule} */ (cssRules[0]); // which throws for a sheet of another site
  const isOfPage = selectorText === "body" || page.documentElement.matches(selectorText);
  if (isOfPage && !media.length && HIDES.test(style.cssText)) style.cssText = "";
});

/** Google Optimize's rule is part of the page, and may stand in any of its sheets: a class of `<html>` has it hide. */
const endOptimize = quiet(() => /** @type {any} */ (window).dataLayer?.hide?.end?.());
