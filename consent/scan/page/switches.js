// The switches of a second layer that a visitor can move, with their state.
() => {
  const roots = [document];
  const found = [];
  for (let index = 0; index < roots.length && index < 200; index++) {
    for (const element of [...roots[index].querySelectorAll("*")].slice(0, 20000)) {
      const shadow = element[Symbol.for("consent-scan-shadow")] ?? element.shadowRoot;
      if (shadow) roots.push(shadow);
      if (!element.matches("input[type=checkbox], [role=switch], [role=checkbox]")) continue;
      const label = element.closest("label")?.innerText || element.getAttribute("aria-label") || element.name || "";
      const on = element.matches("input") ? element.checked : element.getAttribute("aria-checked") === "true";
      const moves = !element.disabled && element.getAttribute("aria-disabled") !== "true";
      const box = element.getBoundingClientRect();
      const isSeen = box.width > 0 || element.closest("label")?.getBoundingClientRect().width > 0;
      if (isSeen) found.push({ label: label.trim().slice(0, 100), on, moves });
    }
  }
  return found.slice(0, 300);
}
