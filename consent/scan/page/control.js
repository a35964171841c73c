// Return the control that says one of `words`, or that one of `selectors` names, or null: in this frame and its shadow trees.
// In a notice, where none says exactly that, it is one whose words mean `kind` by their `stems`. A link to another page is
// none, unless `leads` says that it may be.
({ words, selectors, leads, kind, stems }) => {
  const KINDS = "button, a, [role=button], input[type=button], input[type=submit], summary";
  const NAMES = /cookie|consent|privacy|gdpr|rgpd|cmp|datenschutz|tracking|orejime|klaro|tarteaucitron/i;
  const ABOUT = /cookie|consent|einwillig|privacy|gdpr|rgpd|datenschutz|tracking|traceur|confidentialit|vie privée|données personnelles|privacidad|datos personales|riservatezza|dati personali|persoonsgegevens|prywatnoś|ciastecz|dane osobowe|danych osobowych|privacidade|dados pessoais/i;
  const MOST_LETTERS = 45;
  // Many a page has its answers on plain elements with a listener.
  const isPressed = (element) =>
    !element.childElementCount &&
    element.textContent &&
    element.textContent.length < 60 &&
    (element.hasAttribute("onclick") || getComputedStyle(element).cursor === "pointer");
  const roots = [document];
  const controls = [];
  for (let index = 0; index < roots.length && index < 200; index++) {
    for (const element of [...roots[index].querySelectorAll("*")].slice(0, 20000)) {
      const shadow = element[Symbol.for("consent-scan-shadow")] ?? element.shadowRoot;
      if (shadow) roots.push(shadow);
      if (element.matches(KINDS)) controls.push([element, true]);
      else if (stems && isPressed(element) && !element.closest(`label, ${KINDS}`)) controls.push([element, false]);
    }
  }
  const isVisible = (element) => {
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    return box.width > 1 && box.height > 1 && style.visibility === "visible" && Number(style.opacity) > 0.05;
  };
  for (const selector of selectors) {
    for (const root of roots) {
      const found = root.querySelector(selector);
      if (found && isVisible(found)) return found;
    }
  }
  const plain = (text) => text.slice(0, 200).trim().toLowerCase().replace(/\s+/g, " ").replace(/[\u2018\u2019]/g, "'");
  const said = new Set(words);
  const textOf = (element) => {
    const name = element.getAttribute("aria-label") || element.title || "";
    const text = plain(element.innerText || element.value || name);
    // A control of signs alone, such as a cross, is called by its name, where it has one.
    return text.replace(/^[\s>\u2192\u2713\u2714]+|[\s!.\u203a>\u2192\u2713\u2714\u00d7]+$/g, "") || plain(name) || text;
  };
  // Where words are written apart a stem begins one; a blank at its end says that it is the whole word.
  const isApart = /^[\p{sc=Latin}\p{sc=Cyrillic}\p{sc=Greek}]/u;
  const pieces = Object.entries(stems || {}).map(([of, list]) => [of, list.map((stem) => (isApart.test(stem) ? ` ${stem}` : stem))]);
  const known = Object.fromEntries(pieces);
  const has = (text, of) => known[of].some((piece) => text.includes(piece));
  // Of what is asked for whatever is not needed, the rest of the words tells what becomes of it.
  const meaning = (label) => {
    let text = ` ${label.replace(/[^\p{L}\p{N}]+/gu, " ").trim()} `;
    for (const stem of stems.beyond) text = text.replace(new RegExp(` ${stem}\\p{L}*`, "u"), "");
    if (has(text, "no")) return "reject";
    if (has(text, "least") && (has(text, "only") || has(text, "yes"))) return "reject";
    return ["save", "settings", "yes"].find((of) => has(text, of))?.replace("yes", "accept");
  };
  const fits = (text) => {
    if (said.has(text)) return 4;
    if (text.length > MOST_LETTERS) return 0;
    const means = stems && meaning(text);
    const starts = words.some((word) => word.includes(" ") && text.startsWith(word + " "));
    if (starts && (!means || means === kind)) return 2;
    return stems && means === kind ? 1 : 0;
  };
  const isNotice = (element) => {
    let at = element;
    for (let step = 0; at && step < 12; step++) {
      const holder = at.parentElement || at.getRootNode().host;
      if (!(holder instanceof Element) || holder === document.body || holder === document.documentElement) return false;
      const names = `${holder.id} ${holder.getAttribute("class") || ""} ${holder.getAttribute("aria-label") || ""}`;
      const role = holder.getAttribute("role") || holder.localName;
      if (NAMES.test(names) || /^(alert)?dialog$/.test(role)) return true;
      if (["fixed", "sticky"].includes(getComputedStyle(holder).position) && ABOUT.test(holder.innerText || "")) return true;
      at = holder;
    }
    return false;
  };
  const leadsAway = (element) => {
    const href = element.getAttribute("href") || "";
    if (element.localName !== "a" || element.getAttribute("role") === "button" || !href || /^(#|javascript:)/i.test(href)) return false;
    return element.origin + element.pathname !== location.origin + location.pathname || !element.search;
  };
  let best = null;
  let most = 0;
  for (const [element, isControl] of controls) {
    const text = textOf(element);
    const fit = fits(text);
    if (!fit || !isVisible(element) || element.getAttribute("role") === "tab" || (leadsAway(element) && !leads)) continue;
    // Outside of a notice only a phrase of the list counts: a lone "OK" may be for anything.
    const isPhrase = isControl && fit > 1 && text.includes(" ");
    const score = isNotice(element) ? fit + 4 : isPhrase ? fit : 0;
    if (score > most) [best, most] = [element, score];
  }
  return best;
}
