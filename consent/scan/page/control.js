// Return the control that says one of `words`, or that one of `selectors` names, or null: in this frame and its shadow trees.
// A link to another page is none, unless `leads` says that it may be.
({ words, selectors, leads }) => {
  const KINDS = "button, a, [role=button], input[type=button], input[type=submit], summary";
  const ABOUT = /cookie|consent|privacy|gdpr|cmp|datenschutz|tracking/i;
  const said = new Set(words);
  const roots = [document];
  const controls = [];
  for (let index = 0; index < roots.length && index < 200; index++) {
    for (const element of [...roots[index].querySelectorAll("*")].slice(0, 20000)) {
      if (element.shadowRoot) roots.push(element.shadowRoot);
      if (element.matches(KINDS)) controls.push(element);
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
  const textOf = (element) => {
    const name = element.getAttribute("aria-label") || element.title || "";
    const plain = (text) => text.slice(0, 200).trim().toLowerCase().replace(/\s+/g, " ");
    const text = plain(element.innerText || element.value || name);
    // A control of signs alone, such as a cross, is called by its name, where it has one.
    return text.replace(/[\s!.\u203a>\u2192\u2713\u2714\u00d7]+$/, "") || plain(name) || text;
  };
  const fits = (text) => {
    if (said.has(text)) return 2;
    return text.length <= 45 && words.some((word) => word.includes(" ") && text.startsWith(word + " ")) ? 1 : 0;
  };
  const isNotice = (element) => {
    let at = element;
    for (let step = 0; at && step < 12; step++) {
      const holder = at.parentElement || at.getRootNode().host;
      if (!(holder instanceof Element) || holder === document.body || holder === document.documentElement) return false;
      const names = `${holder.id} ${holder.getAttribute("class") || ""} ${holder.getAttribute("aria-label") || ""}`;
      const role = holder.getAttribute("role") || holder.localName;
      if (ABOUT.test(names) || /^(alert)?dialog$/.test(role)) return true;
      if (["fixed", "sticky"].includes(getComputedStyle(holder).position) && ABOUT.test(holder.innerText || "")) return true;
      at = holder;
    }
    return false;
  };
  const leadsAway = (element) => {
    const href = element.getAttribute("href") || "";
    return element.localName === "a" && element.getAttribute("role") !== "button" && href && !/^(#|javascript:)/i.test(href);
  };
  let best = null;
  let most = 0;
  for (const element of controls) {
    const text = textOf(element);
    const fit = fits(text);
    if (!fit || !isVisible(element) || (leadsAway(element) && !leads)) continue;
    // Outside of a notice only a phrase counts: a lone "OK" may be for anything.
    const score = isNotice(element) ? fit + 2 : text.includes(" ") ? fit : 0;
    if (score > most) [best, most] = [element, score];
  }
  return best;
}
