// Move the switches beside a control that saves them to `on`, as clicks do, and return how many were moved: of radio buttons those
// that say one of `words`.
(save, { on, words }) => {
  const SWITCHES = "input[type=checkbox], [role=switch], [role=checkbox], [aria-pressed]";
  const parentOf = (node) => node.parentElement || node.getRootNode().host || null;
  const isOn = (element) => (element.matches("input") ? element.checked : [element.ariaChecked, element.ariaPressed].includes("true"));
  const moves = (element) => !element.disabled && element.getAttribute("aria-disabled") !== "true";
  const said = new Set(words);
  const says = (radio) => [radio.labels?.[0]?.innerText, radio.getAttribute("value")].some((text) => said.has((text || "").trim().toLowerCase()));
  for (let at = parentOf(save); at && at !== document.body; at = parentOf(at)) {
    const found = [...at.querySelectorAll(SWITCHES)].slice(0, 300);
    const radios = [...at.querySelectorAll("input[type=radio]")].slice(0, 300).filter(says);
    const before = found.map(isOn);
    for (const element of found) if (moves(element) && isOn(element) !== on) element.click();
    const chosen = radios.filter((radio) => moves(radio) && !radio.checked);
    for (const radio of chosen) radio.click();
    const moved = found.filter((element, index) => isOn(element) !== before[index]).length + chosen.length;
    if (found.length || radios.length) return moved;
  }
  return 0;
}
