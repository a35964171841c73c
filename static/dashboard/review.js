// The keys of the review queue: arrows move, 1 to 4 decide on the row that has the focus, or on the first one.
"use strict";

const waiting = [];
let place = 0;
let busy = false;

const rows = () => [...document.querySelectorAll("#queue [data-row]")];

/** Press the button of a group once the answers before it are kept: whoever is fast decides on one row each. */
function answer(number) {
  waiting.push(number);
  pressNext();
}

function pressNext() {
  if (busy) return;
  const number = waiting.shift();
  const row = rows().find((one) => one.contains(document.activeElement)) ?? rows()[0];
  if (number) row?.querySelectorAll(".answers button")[number - 1]?.click();
}

Object.assign(KEYS, { ArrowDown: KEYS.j, ArrowUp: KEYS.k });
for (const number of [1, 2, 3, 4]) KEYS[number] = () => answer(number);

document.addEventListener("htmx:beforeRequest", (event) => {
  busy = true;
  place = Math.max(rows().findIndex((row) => row.contains(event.target)), 0);
});
document.addEventListener("htmx:afterRequest", (event) => {
  busy = false;
  if (!event.detail.successful) waiting.length = 0;
});
document.addEventListener("htmx:afterSettle", () => {
  const left = rows();
  left[Math.min(place, left.length - 1)]?.querySelector("a").focus();
  pressNext();
});
