// Search fields over a list: `data-filter` selects its rows, and what is folded opens while something is looked for.
"use strict";

for (const field of document.querySelectorAll("[data-filter]")) {
  field.hidden = false;
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase();
    for (const row of document.querySelectorAll(field.dataset.filter)) {
      row.hidden = !row.textContent.toLowerCase().includes(wanted);
      const folded = row.closest("details");
      if (folded) folded.open = wanted !== "";
    }
  });
  // Enter would press the first button of the form.
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
}
