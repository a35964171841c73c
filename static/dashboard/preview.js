// Preview: a desktop's width fits into the page, and a choice that is made in the frame shows in the list beside it.
"use strict";

/** Have a frame of a desktop's width fill the room that there is. */
function fit() {
  const screen = document.querySelector(".desktop .screen");
  if (!screen) return;
  const frame = screen.querySelector("iframe");
  screen.style.setProperty("--scale", String(Math.min(screen.clientWidth / frame.offsetWidth, 1)));
}

/** Take over what somebody chose in the frame: the address keeps it, and only the list is asked for anew. */
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

/** Tell of each field whether the answer found a fault with it: the fields themselves outlive the answer. */
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
