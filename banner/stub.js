/**
 * The stub: inlined before tags that a page names itself. It denies all in consent mode, and holds scripts and frames of
 * other sites that the parser meets until the decision is there. At most 700 bytes, the same for everybody, so that one CSP
 * hash covers it. A script that another script adds starts before anybody can see it: that needs a CSP.
 */
const scope = /** @type {any} */ (window);
const denied = "denied";
const site = (/** @type {any} */ place) => place.hostname.match(/[^.]*.?[^.]*$/)[0];

/** @type {any} */ (function () {
  (scope.dataLayer ||= []).push(arguments);
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

new MutationObserver((records) =>
  records.map((record) =>
    record.addedNodes.forEach((/** @type {any} */ node) => {
      const { src, dataset, text } = node; // a script has a text, though it may be empty, and a frame has none
      if (
        // 2 since the script has decided: it lets run what may.
        scope[Symbol.for("consent")] > 1 ||
        (text ?? node.srcdoc) == null || // neither a script nor a frame
        !src ||
        // What the site's server has written as `data-tag` it has asked the decision for.
        dataset.consent ||
        dataset.tag ||
        // The parser adds at the end, while no script runs. What one has added, such as a tag manager's loader, runs already,
        // behind the default above, and would run a second time once it may.
        (text >= "" && (node.nextSibling || document.currentScript)) ||
        // Ours alone has such an address; what is of the page's own site is its own matter.
        /\/b\/[\w-/]+\.js/.test(src) ||
        site(new URL(src)) == site(location)
      )
        return;
      dataset.consent = "unmarked";
      dataset.src = src;
      node.type = "text/plain";
      text ?? (node.src = ""); // a frame, which is on its way already; a script is stopped by its type
    }),
  ),
).observe(document, /** @type {any} */ ({ childList: 1, subtree: 1 }));
