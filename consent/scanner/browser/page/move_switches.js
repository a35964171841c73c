// Move the switches beside a control that saves them to `on`, as clicks do, and return how many were moved: of radio buttons, and of
// buttons of which one is pressed in place of another, those that say one of `words`.
(save, { on, words }) => {
  const PRESSED = "[aria-pressed]:not([aria-expanded], [aria-controls], [aria-haspopup], [role=tab])";
  const SWITCHES = `input[type=checkbox], [role=switch], [role=checkbox], ${PRESSED}`;
  const parentOf = (node) => node.parentElement || node.getRootNode().host || null;
  const isOn = (element) => (element.matches("input") ? element.checked : [element.ariaChecked, element.ariaPressed].includes("true"));
  const moves = (element) => !element.disabled && element.getAttribute("aria-disabled") !== "true";
  const said = new Set(words);
  const textsOf = (element) => [element.labels?.[0]?.innerText, element.getAttribute("value"), !element.matches("input") && element.innerText];
  const says = (element) => textsOf(element).some((text) => said.has((text || "").trim().toLowerCase()));
  const isOneOfMany = (element) => element.matches(PRESSED) && [...parentOf(element).querySelectorAll(PRESSED)].some(says);
  for (let at = parentOf(save); at && at !== document.body; at = parentOf(at)) {
    const all = [...at.querySelectorAll(SWITCHES)].slice(0, 300);
    const found = all.filter((element) => !isOneOfMany(element));
    const answers = [...at.querySelectorAll("input[type=radio], [role=radio]")].slice(0, 300).concat(all.filter(isOneOfMany)).filter(says);
    const before = found.map(isOn);
    for (const element of found) if (moves(element) && isOn(element) !== on) element.click();
    const chosen = answers.filter((answer) => moves(answer) && !isOn(answer));
    for (const answer of chosen) answer.click();
    const moved = found.filter((element, index) => isOn(element) !== before[index]).length + chosen.length;
    if (found.length || answers.length) return moved;
  }
  return 0;
}
