// Preview: scale a desktop's width to the page, and show a choice made in the frame in the list next to it.
"use strict";

/** Scale a desktop-width frame to the available space. */
function fit() {
  const screen = document.querySelector(".desktop .screen");
  if (!screen) return;
  const frame = screen.querySelector("iframe");
  screen.style.setProperty("--scale", String(Math.min(screen.clientWidth / frame.offsetWidth, 1)));
}

/** Adopt the choice made in the frame: keep it in the URL, and reload only the list. */
function follow({ source, data }) {
  const frame = document.querySelector(".screen iframe");
  const own = document.querySelector("option[data-own]");
  if (source !== frame?.contentWindow || typeof data?.choice !== "string" || !own) return;
  own.value = data.choice;
  own.hidden = false;
  own.selected = true;
  const fields = [...new FormData(own.closest("form"))];
  const address = `${location.pathname}?${new URLSearchParams(fields)}`;
  htmx.ajax("GET", address, { target: "#verdicts", select: "#verdicts", swap: "outerHTML" });
}

/** Mark the fields that the response has errors for, since the response doesn't replace the fields themselves. */
function mark() {
  for (const fault of document.querySelectorAll(".visitor .fault")) {
    const field = document.querySelector(`[aria-describedby="${fault.id}"]`);
    field.toggleAttribute("aria-invalid", false);
    if (fault.textContent) field.ariaInvalid = "true";
  }
}

addEventListener("message", follow);
addEventListener("resize", fit);
document.addEventListener("htmx:afterSettle", fit);
document.addEventListener("htmx:afterSettle", mark);
fit();
