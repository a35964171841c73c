// The switches of a second layer that a visitor can move, with their state, pressed buttons too: one for each group of radio buttons
// that asks yes or no, by what they say (`said`). Where some lie in a dialog or a notice, those of the page around it are left out.
({ said }) => {
  const NAMES = /cookie|consent|privacy|gdpr|rgpd|cmp|datenschutz|tracking|orejime|klaro|tarteaucitron/i;
  const parentOf = (element) => element.parentElement || element.getRootNode().host || null;
  const isOfLayer = (element) => {
    for (let at = parentOf(element); at && at !== document.body; at = parentOf(at)) {
      const names = `${at.id} ${at.getAttribute("class") || ""} ${at.getAttribute("aria-label") || ""}`;
      if (/^(alert)?dialog$/.test(at.getAttribute("role") || at.localName) || NAMES.test(names)) return true;
      if (["fixed", "sticky"].includes(getComputedStyle(at).position)) return true;
    }
    return false;
  };
  const labelsOf = (element) => [...(element.labels || [])].concat(element.closest("label") || []);
  const isSeen = (element) => [element, ...labelsOf(element)].some((one) => one.getBoundingClientRect().width > 0);
  const isOn = (element) => (element.matches("input") ? element.checked : [element.ariaChecked, element.ariaPressed].includes("true"));
  const moves = (element) => !element.disabled && element.getAttribute("aria-disabled") !== "true";
  const wordsOf = (element) => labelsOf(element)[0]?.innerText || element.getAttribute("aria-label") || element.innerText || "";
  const [yes, no] = [new Set(said.on), new Set(said.off)];
  // Outside of a layer a value such as 1 may be of anything.
  const textsOf = (radio) => (isOfLayer(radio) ? [wordsOf(radio), radio.getAttribute("value") || ""] : [wordsOf(radio)]);
  const says = (radio, words) => textsOf(radio).some((text) => words.has(text.trim().toLowerCase()));
  const holderOf = (radio) => radio.closest("fieldset, [role=radiogroup], [role=group]");
  const groupOf = (radio) => (radio.matches("input") && radio.name ? radio.name : holderOf(radio) || parentOf(radio));
  const headOf = (radio) => {
    const holder = holderOf(radio);
    const named = document.getElementById(holder?.getAttribute("aria-labelledby") || "");
    return (holder?.querySelector("legend") || named)?.innerText || holder?.getAttribute("aria-label") || radio.name || "";
  };
  const chosen = (group) => {
    const on = group.find(isOn);
    const isAgreed = on && !says(on, no) && (says(on, yes) || group.some((one) => says(one, no)));
    const label = [headOf(group[0]), on && wordsOf(on)].filter(Boolean).map((text) => text.trim().slice(0, 50));
    return { label: label.join(": "), on: Boolean(isAgreed), moves: group.some((one) => !isOn(one) && moves(one)), at: group[0] };
  };
  // A button that is pressed is a switch, unless it shows something else. Outside of a layer it may be of anything.
  const isPressed = (element) => element.matches("[aria-pressed]:not([aria-expanded], [aria-controls], [aria-haspopup], [role=tab])") && isOfLayer(element);
  const SWITCHES = "input[type=checkbox], input[type=radio], [role=switch], [role=checkbox], [role=radio]";
  const isAnswer = (element) => element.matches("input[type=radio], [role=radio]") || (element.ariaPressed && (says(element, yes) || says(element, no)));
  const roots = [document];
  const found = [];
  for (let index = 0; index < roots.length && index < 200; index++) {
    const groups = new Map();
    for (const element of [...roots[index].querySelectorAll("*")].slice(0, 20000)) {
      const shadow = element[Symbol.for("consent-scan-shadow")] ?? element.shadowRoot;
      if (shadow) roots.push(shadow);
      if (!(element.matches(SWITCHES) || isPressed(element)) || !isSeen(element)) continue;
      if (isAnswer(element)) {
        groups.set(groupOf(element), [...(groups.get(groupOf(element)) || []), element]);
        continue;
      }
      const label = element.closest("label")?.innerText || element.getAttribute("aria-label") || element.name || (element.ariaPressed && element.innerText) || "";
      found.push({ label: label.trim().slice(0, 100), on: isOn(element), moves: moves(element), at: element });
    }
    const asks = [...groups.values()].filter((group) => group.some((one) => says(one, yes) || says(one, no)));
    found.push(...asks.map(chosen));
  }
  const ofLayer = found.filter(({ at }) => isOfLayer(at));
  return (ofLayer.length ? ofLayer : found).slice(0, 300).map(({ label, on, moves }) => ({ label, on, moves }));
}
