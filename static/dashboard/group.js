// The button below a list of sites says how many of them are selected.
"use strict";

for (const form of document.querySelectorAll("form[data-count]")) {
  const button = form.querySelector("button[data-many]");
  form.addEventListener("change", () => {
    const count = form.querySelectorAll(`[name=${form.dataset.count}]:checked`).length;
    const words = count === 1 ? button.dataset.one : button.dataset.many.replace("1000", count);
    button.querySelector("span").textContent = words;
    button.disabled = count === 0;
  });
}
