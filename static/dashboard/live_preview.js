// The preview next to the banner editor and the forms of an experiment: rendered in a new frame while the user types.
"use strict";

const area = document.querySelector(".editor");
const forms = [...area.parentElement.querySelectorAll("form[data-checks]")];
const panel = area.querySelector(".preview");
const stage = document.getElementById("stage");
const fold = document.getElementById("preview-fold");
const bar = area.querySelector(".pinned");
const isBeside = matchMedia("(min-width: 64rem)");
const HEIGHT = 736;
const MIN_HEIGHT = 200;
const CENTER_HEIGHT = 480;
const DOCKED_SHARE = 0.44;
const GAP = 16;
const PAUSE_MS = 150;
let form = forms.find((one) => one.querySelector("[aria-invalid=true]")) ?? forms.find((one) => one.dataset.first !== undefined) ?? forms[0];
let count = 0;
let asked = 0;
let waiting;

/** Return the selected value of one of the panel's choices. */
const chosen = (name) => panel.querySelector(`[name=${name}]:checked`).value;

/** Give each frame the device's width, scaled to fit the stage, and the height that the window leaves for it. */
function fit() {
  const width = Number(chosen("width"));
  const rest = panel.offsetHeight - stage.offsetHeight;
  const top = bar?.offsetHeight ?? 0;
  const room = Math.max(isBeside.matches ? innerHeight - top - rest - 3 * GAP : innerHeight * DOCKED_SHARE - rest, MIN_HEIGHT);
  // Next to the form, a whole screen is shown smaller; below it, as much of the screen as is legible and has the banner.
  const least = isBeside.matches ? HEIGHT : form.elements.position?.value === "center" ? CENTER_HEIGHT : room;
  const scale = Math.min(1, stage.clientWidth / width, room / least);
  const height = Math.min(HEIGHT, room / scale);
  area.style.setProperty("--bar", `${top}px`);
  stage.style.height = `${height * scale}px`;
  for (const frame of stage.children) {
    frame.classList.toggle("dark", chosen("device") === "dark");
    frame.classList.toggle("light", chosen("device") === "light");
    frame.style.width = `${width}px`;
    frame.style.height = `${height}px`;
    frame.style.transform = `scale(${scale})`;
  }
}

/** Render in a new frame, so that the browser's history doesn't grow with every keystroke. */
function drawAgain() {
  const old = [...stage.children];
  const frame = document.createElement("iframe");
  const draw = form.querySelector("[data-draw]");
  const address = new URL(draw.formAction);
  address.searchParams.set("device", chosen("device"));
  frame.name = `preview-${++count}`;
  frame.title = old[0].title;
  frame.className = "replay";
  frame.setAttribute("sandbox", "allow-scripts");
  stage.append(frame);
  fit();
  draw.formAction = address;
  draw.formTarget = frame.name;
  form.requestSubmit(draw);
  frame.addEventListener("load", () => old.forEach((one) => one.remove()));
}

/** Show what prevents publishing the form's values. */
async function check() {
  const ticket = ++asked;
  const { checks, into } = form.dataset;
  const answer = await fetch(checks, { method: "POST", body: new FormData(form) }).catch(() => null);
  if (!answer?.ok || answer.redirected || ticket !== asked) return;
  const { body } = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.getElementById(into).replaceChildren(...body.childNodes);
  repeatCheck();
}

/** Repeat the check of the shown form beside its preview, which stays in view. */
function repeatCheck() {
  const said = document.getElementById(form.dataset.into).cloneNode(true);
  panel.querySelector(".repeated")?.replaceChildren(...said.childNodes);
  fit();
}

function later(...acts) {
  clearTimeout(waiting);
  waiting = setTimeout(() => acts.forEach((act) => act()), PAUSE_MS);
}

/** Show another form's variant, if it isn't shown. */
function show(other) {
  if (!forms.includes(other) || other === form) return;
  form = other;
  for (const one of panel.querySelectorAll("[name=variant]")) one.checked = one.value === form.dataset.variant;
  repeatCheck();
  later(drawAgain);
}

/** Select the template that the form's values are equal to. */
function markTemplate() {
  for (const radio of area.querySelectorAll("[data-look]")) {
    radio.checked = Object.entries(JSON.parse(radio.dataset.look)).every(([name, value]) => form.elements[name].value === String(value));
  }
}

area.addEventListener("input", ({ target }) => {
  if (target.name === "next") return form.requestSubmit();
  if (target.name === "width") return fit();
  if (target.name === "variant") return show(forms.find((one) => one.dataset.variant === target.value));
  if (forms.includes(target.form)) show(target.form);
  if (target.dataset.look) {
    for (const [name, value] of Object.entries(JSON.parse(target.dataset.look))) form.elements[name].value = value;
  }
  markTemplate();
  later(drawAgain, check);
});
area.addEventListener("focusin", ({ target }) => {
  if (!panel.contains(target)) show(target.form);
});
fold.addEventListener("click", () => {
  const isOpen = fold.ariaExpanded !== "true";
  fold.ariaExpanded = String(isOpen);
  panel.classList.toggle("folded", !isOpen);
  if (isOpen) fit();
});
addEventListener("resize", fit);
if (bar) new ResizeObserver(fit).observe(bar); // error messages can change its height
for (const draw of area.querySelectorAll("[data-draw]")) draw.hidden = true;
fold.hidden = false;
markTemplate();
repeatCheck();
if ("drawNow" in panel.dataset) {
  drawAgain();
  check();
}
