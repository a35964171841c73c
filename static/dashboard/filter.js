// Search fields above a list: `data-filter` selects its rows, and folded rows open during a search.
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
  // Enter would trigger the form's first button.
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
}
