// The preview of the banner editor: drawn anew, in a frame of its own, while somebody types.
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

/** Show each frame as wide as the device, scaled to the stage, and beside the form to the height of the window too. */
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

/** Draw in a new frame, so that the browser's way back does not lead through each draft of a word. */
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

/** Say beside the preview what keeps it from being published. */
async function check() {
  const mine = ++asked;
  const answer = await fetch(form.dataset.checks, { method: "POST", body: new FormData(form) }).catch(() => null);
  if (!answer?.ok || answer.redirected || mine !== asked) return;
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
new ResizeObserver(fit).observe(bar); // what is wrong may take more lines
draw.hidden = true;
fit();
if ("offered" in form.dataset) {
  drawAgain();
  check();
}
