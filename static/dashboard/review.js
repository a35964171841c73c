// The keys of the review queue: arrows move, 1 to 4 decide on the row that has the focus, or on the first one.
"use strict";

const waiting = [];
let place = 0;
let request = null;
let unfolded = [];

const rows = () => [...document.querySelectorAll("#queue [data-row]")];

/** Return what is unfolded: the rest of the queue, or of what was decided. */
const open = () => ["#queue .more", "#decided .more"].filter((one) => document.querySelector(one)?.open);

/** Return a key that acts once the answers before it are kept: whoever is fast decides on one row each, and takes back the last. */
function inTurn(act) {
  return () => {
    waiting.push(act);
    goOn();
  };
}

function goOn() {
  while (!request && waiting.length) waiting.shift()();
}

/** Press the button of a group in the row that has the focus. */
function answer(number) {
  const row = rows().find((one) => one.contains(document.activeElement)) ?? rows()[0];
  row?.querySelectorAll(".answers button")[number - 1]?.click();
}

for (const name of ["j", "k", "u"]) KEYS[name] = inTurn(KEYS[name]);
Object.assign(KEYS, { ArrowDown: KEYS.j, ArrowUp: KEYS.k });
for (const number of [1, 2, 3, 4]) KEYS[number] = inTurn(() => answer(number));

document.addEventListener("htmx:beforeRequest", (event) => {
  request = event.detail.xhr;
  unfolded = open();
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
  for (const one of unfolded) document.querySelector(one)?.setAttribute("open", "");
  const left = rows();
  left[Math.min(place, left.length - 1)]?.querySelector("a").focus();
  goOn();
});
