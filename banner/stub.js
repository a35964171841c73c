/**
 * The stub: inlined before tags that a page names itself. It denies all in consent mode, and holds scripts and frames of
 * other sites that the parser meets: until the decision is there, and where something is refused, until the page is read to
 * its end. At most 700 bytes, the same for everybody, so that one CSP hash covers it. A script that another script adds
 * starts before anybody can see it: that needs a CSP. The block keeps its names from the page.
 */
{
  const denied = "denied";
  const mark = Symbol.for("consent");
  // What has no address on the web, as `about:blank`; what has an address as ours alone has; what is of the page's own site.
  // Of what a host may hold only the dot means something here, and it fits.
  const own = RegExp("^(?!h)|/b/[^.]+[.]js|^[^/]+//([^/]+[.])?" + location.hostname.match(/[^.]*.[^.]*$/) + "[:/]");

  /** @type {any} */ (function () {
    (/** @type {any} */ (self).dataLayer ||= []).push(arguments);
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
        const stage = /** @type {any} */ (self)[mark];
        if (
          // 2 once it is decided, 3 once nothing is refused or the page is read to its end.
          stage > 2 ||
          mark in node || // what our script has put there
          text == node.srcdoc || // neither a script nor a frame: it has none of both
          // What the site's server has written as `data-tag` it has asked the decision for.
          dataset.consent ||
          dataset.tag ||
          // The parser adds while no script runs. A script that one has added, such as a tag manager's loader, runs already,
          // behind the default above; who may run once it is decided may add a frame.
          ((stage > 1 || text >= "") && document.currentScript) ||
          own.test(src)
        )
          return;
        dataset.consent = "unmarked";
        dataset.src = src;
        if (text >= "") {
          dataset.as = node.type;
          node.type = "text/plain"; // which stops a script, unless it has begun
        } else node.src = ""; // a frame, which is on its way already
      }),
    ),
  ).observe(document, /** @type {any} */ ({ childList: 1, subtree: 1 }));
}
