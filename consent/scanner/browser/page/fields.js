// The kinds of fields for text that are seen in a banner, a dialog, or a form about an opt-out.
() => {
  const ABOUT = /cookie|consent|privacy|gdpr|cmp|datenschutz|opt.?out|do.?not.?sell|ccpa/i;
  const TEXTS = "input:not([type]), input[type=text], input[type=email], input[type=tel], input[type=password], textarea";
  const roots = [document];
  const found = new Set();
  const asks = (element) => {
    for (let at = element; at; at = at.parentElement || at.getRootNode().host) {
      const names = `${at.id} ${at.getAttribute("class") || ""} ${at.getAttribute("action") || ""} ${at.getAttribute("aria-label") || ""}`;
      if (at.localName !== "body" && at.localName !== "html" && (ABOUT.test(names) || at.matches("dialog, [role=dialog]"))) return true;
    }
    return ABOUT.test(location.pathname) && Boolean(element.closest("form"));
  };
  for (let index = 0; index < roots.length && index < 200; index++) {
    for (const element of [...roots[index].querySelectorAll("*")].slice(0, 20000)) {
      const shadow = element[Symbol.for("consent-scan-shadow")] ?? element.shadowRoot;
      if (shadow) roots.push(shadow);
      if (element.matches(TEXTS) && element.checkVisibility() && asks(element)) found.add(element.type || "text");
    }
  }
  return [...found];
}
