// The preview of the banner editor: rendered in a new frame while the user types.
"use strict";

const form = document.getElementById("editor");
const stage = document.getElementById("stage");
const draw = document.getElementById("draw");
const bar = form.querySelector(".pinned");
const HEIGHT = 736;
const MIN_HEIGHT = 240;
const GAP = 16;
const PAUSE_MS = 150;
let count = 0;
let asked = 0;
let waiting;

/** Give each frame the device's width, scaled to fit the stage and, next to the form, also the window's height. */
function fit() {
  const width = Number(form.elements.width.value);
  const panel = stage.closest(".preview");
  const rest = panel.offsetHeight - stage.offsetHeight;
  const room = getComputedStyle(panel).position === "sticky" ? innerHeight - bar.offsetHeight - rest - 3 * GAP : HEIGHT;
  const scale = Math.min(1, stage.clientWidth / width, Math.max(room, MIN_HEIGHT) / HEIGHT);
  form.style.setProperty("--bar", `${bar.offsetHeight}px`);
  stage.style.height = `${HEIGHT * scale}px`;
  for (const frame of stage.children) {
    frame.classList.toggle("dark", form.elements.device.value === "dark");
    frame.classList.toggle("light", form.elements.device.value === "light");
    frame.style.width = `${width}px`;
    frame.style.height = `${HEIGHT}px`;
    frame.style.transform = `scale(${scale})`;
  }
}

/** Render in a new frame, so that the browser's history doesn't grow with every keystroke. */
function drawAgain() {
  const old = [...stage.children];
  const frame = document.createElement("iframe");
  frame.name = `preview-${++count}`;
  frame.title = old[0].title;
  frame.className = "replay";
  frame.setAttribute("sandbox", "allow-scripts");
  stage.append(frame);
  fit();
  draw.formTarget = frame.name;
  form.requestSubmit(draw);
  frame.addEventListener("load", () => old.forEach((one) => one.remove()));
}

/** Show next to the preview what prevents publishing it. */
async function check() {
  const ticket = ++asked;
  const answer = await fetch(form.dataset.checks, { method: "POST", body: new FormData(form) }).catch(() => null);
  if (!answer?.ok || answer.redirected || ticket !== asked) return;
  const { body } = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.getElementById("checks").replaceChildren(...body.childNodes);
}

form.addEventListener("input", ({ target }) => {
  if (target.name === "next") return form.requestSubmit();
  if (target.name === "width") return fit();
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    drawAgain();
    check();
  }, PAUSE_MS);
});
for (const button of form.querySelectorAll("[data-look]")) {
  button.addEventListener("click", () => {
    for (const [name, value] of Object.entries(JSON.parse(button.dataset.look))) form.elements[name].value = value;
    form.elements.radius.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
addEventListener("resize", fit);
new ResizeObserver(fit).observe(bar); // error messages can change its height
draw.hidden = true;
fit();
if ("offered" in form.dataset) {
  drawAgain();
  check();
}
