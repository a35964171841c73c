// Search everything with Ctrl-K or Command-K, and show the keyboard shortcuts with a question mark.
"use strict";

const palette = document.getElementById("palette");
const keyList = document.getElementById("keys");
const PALETTE_PAUSE_MS = 120;
let palettePause;
let paletteAsked = 0;

/** Show the palette's search results; an older response never replaces a newer one. */
async function showFound(text) {
  const ticket = ++paletteAsked;
  const place = document.getElementById("palette-found");
  const answer = await fetch(`${palette.dataset.find}?${new URLSearchParams({ q: text, part: 1 })}`).catch(() => null);
  if (ticket !== paletteAsked) return;
  if (!answer?.ok || answer.redirected) {
    place.textContent = words.no_search;
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  place.replaceChildren(...page.body.childNodes);
}

function openPalette() {
  if (palette.open) return;
  palette.showModal();
  const field = palette.querySelector("[type=search]");
  field.select();
  field.focus();
  showFound(field.value);
}

/** Move the focus between the field and the results. */
function moveInPalette(by) {
  const stops = [palette.querySelector("[type=search]"), ...palette.querySelectorAll("#palette-found a")];
  const at = stops.indexOf(document.activeElement);
  stops[(Math.max(at, 0) + by + stops.length) % stops.length].focus();
}

if (palette) {
  const field = palette.querySelector("[type=search]");
  field.addEventListener("input", () => {
    clearTimeout(palettePause);
    palettePause = setTimeout(() => showFound(field.value), PALETTE_PAUSE_MS);
  });
  palette.addEventListener("keydown", async (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      moveInPalette(event.key === "ArrowDown" ? 1 : -1);
    }
    if (event.key === "Enter" && event.target === field) {
      event.preventDefault();
      clearTimeout(palettePause);
      await showFound(field.value);
      const first = field.value.trim() && palette.querySelector("#palette-found .found a");
      if (first) first.click();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    openPalette();
  });
  KEYS["?"] = () => keyList.open || keyList.showModal();
  for (const dialog of [palette, keyList]) dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}
