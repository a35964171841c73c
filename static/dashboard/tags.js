// Move tags by dragging or with the keys J and K; the buttons of each row do the same.
"use strict";

let dragged = null;

const rowOf = (node) => node.closest?.("[data-tag]");
const isBelow = (row, event) => event.clientY > row.getBoundingClientRect().top + row.offsetHeight / 2;

/** Click the button that moves the tag in the focused row. */
function move(side) {
  rowOf(document.activeElement)?.querySelector(`[data-move=${side}]:enabled`)?.click();
}

function clear() {
  for (const row of document.querySelectorAll(".over")) row.classList.remove("over", "below");
}

Object.assign(KEYS, { J: () => move("after"), K: () => move("before") });

document.addEventListener("dragstart", (event) => {
  if (!event.target.matches?.(".grip")) return;
  dragged = rowOf(event.target);
  dragged.classList.add("dragged");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.tag);
  event.dataTransfer.setDragImage(dragged, 0, 0);
});
document.addEventListener("dragover", (event) => {
  const row = dragged && rowOf(event.target);
  if (!row) return;
  event.preventDefault();
  clear();
  if (row !== dragged) row.classList.add("over", ...(isBelow(row, event) ? ["below"] : []));
});
document.addEventListener("drop", (event) => {
  const row = dragged && rowOf(event.target);
  if (!row || row === dragged) return;
  event.preventDefault();
  // Any enabled button of the row has the URL.
  const button = dragged.querySelector("[data-move]:enabled");
  const values = { [isBelow(row, event) ? "after" : "before"]: row.dataset.tag };
  htmx.ajax("POST", button.getAttribute("hx-post"), { target: "#tags", select: "#tags", selectOOB: "#pending,#pending-thumb", swap: "outerHTML", values });
});
document.addEventListener("dragend", () => {
  dragged?.classList.remove("dragged");
  dragged = null;
  clear();
});

/** Show the actions for the selected tags, and whether all tags are selected. */
function showSelection() {
  const bar = document.getElementById("bulk");
  if (!bar) return;
  const boxes = [...document.querySelectorAll("[form=bulk][name=tag]")];
  const selected = boxes.filter((box) => box.checked).length;
  const all = document.getElementById("all");
  bar.classList.toggle("on", selected > 0);
  all.closest("label").hidden = false;
  all.checked = selected === boxes.length;
  all.indeterminate = selected > 0 && selected < boxes.length;
}

document.documentElement.classList.add("has-script");
document.addEventListener("change", (event) => {
  if (event.target.id === "all") for (const box of document.querySelectorAll("[form=bulk][name=tag]")) box.checked = event.target.checked;
  if (event.target.matches("#all, [form=bulk]")) showSelection();
});
document.addEventListener("htmx:afterSettle", showSelection);
showSelection();
