// The keys of the review queue: arrows move, 1 to 4 decide on the row that has the focus, or on the first one.
"use strict";

const waiting = [];
let place = 0;
let request = null;

const rows = () => [...document.querySelectorAll("#queue [data-row]")];

/** Press the button of a group once the answers before it are kept: whoever is fast decides on one row each. */
function answer(number) {
  waiting.push(number);
  pressNext();
}

function pressNext() {
  if (request) return;
  const number = waiting.shift();
  const row = rows().find((one) => one.contains(document.activeElement)) ?? rows()[0];
  if (number) row?.querySelectorAll(".answers button")[number - 1]?.click();
}

Object.assign(KEYS, { ArrowDown: KEYS.j, ArrowUp: KEYS.k });
for (const number of [1, 2, 3, 4]) KEYS[number] = () => answer(number);

document.addEventListener("htmx:beforeRequest", (event) => {
  request = event.detail.xhr;
  place = Math.max(rows().findIndex((row) => row.contains(event.target)), 0);
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) return;
  request = null;
  waiting.length = 0;
});
// Comes once for each part that was swapped: the first one that finds the new list goes on.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.xhr !== request || !event.target.closest("#review")) return;
  request = null;
  const left = rows();
  left[Math.min(place, left.length - 1)]?.querySelector("a").focus();
  pressNext();
});
