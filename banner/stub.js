/**
 * The stub: inlined before tags that a page names itself. It denies all in consent mode, and holds scripts and frames of
 * other sites that the parser meets until the decision is there. At most 700 bytes, the same for everybody, so that one CSP
 * hash covers it. A script that another script adds starts before anybody can see it: that needs a CSP.
 */
const scope = /** @type {any} */ (window);
const denied = "denied";
const site = (/** @type {URL | Location} */ place) => place.hostname.split(".").slice(-2).join();

/** @type {any} */ (function () {
  (scope.dataLayer = scope.dataLayer || []).push(arguments);
})("consent", "default", {
  ad_storage: denied,
  ad_user_data: denied,
  ad_personalization: denied,
  analytics_storage: denied,
  functionality_storage: denied,
  personalization_storage: denied,
  security_storage: "granted",
  wait_for_update: 500,
});

new MutationObserver((records) => {
  // 2 since the script has decided: it lets run what may.
  if (!(scope[Symbol.for("consent")] > 1)) records.forEach((record) => record.addedNodes.forEach(hold));
}).observe(document, { childList: true, subtree: true });

/** @param {any} node */
function hold(node) {
  const { src, dataset } = node;
  // What the site's server has written as `data-tag` it has asked the decision for.
  if (!/^SC|^IF/.test(node.tagName) || !src || dataset.consent || dataset.tag) return;
  // Ours alone has such an address; what is of the page's own site is its own matter.
  if (/\/b\/[\w-/]+\.js/.test(src) || site(new URL(src)) === site(location)) return;
  dataset.consent = "unmarked";
  dataset.src = src;
  node.type = "text/plain";
  node.text ?? (node.src = "about:blank"); // a frame, which is on its way already; a script is stopped by its type
}
