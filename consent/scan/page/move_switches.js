// Move the switches beside a control that saves them to `on`, as clicks do, and return how many were moved.
(save, on) => {
  const SWITCHES = "input[type=checkbox], [role=switch], [role=checkbox]";
  const parentOf = (node) => node.parentElement || node.getRootNode().host || null;
  for (let at = parentOf(save); at && at !== document.body; at = parentOf(at)) {
    const found = [...at.querySelectorAll(SWITCHES)].slice(0, 300);
    const isOn = (element) => (element.matches("input") ? element.checked : element.getAttribute("aria-checked") === "true");
    const moves = (element) => !element.disabled && element.getAttribute("aria-disabled") !== "true";
    const before = found.map(isOn);
    for (const element of found) if (moves(element) && isOn(element) !== on) element.click();
    if (found.length) return found.filter((element, index) => isOn(element) !== before[index]).length;
  }
  return 0;
}
