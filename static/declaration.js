// The cookie declaration in a page, by one line: fetched from the service that this script comes from, put into the element
// marked `data-declaration` or where the line stands, and kept in step with the choice. Nothing of it needs an exception in a
// Content-Security-Policy: no inline style, no inline script, no HTML from text.
"use strict";

(() => {
  const script = document.currentScript;
  const [, base, site] = /^(.*)\/c\/([\w-]+)\.js/.exec(script.src) ?? [];
  const WAIT_MS = 250;

  /** Fetch the declaration and its style; a document is parsed by the browser, whose scripts never run. */
  function load(place) {
    const language = encodeURIComponent(document.documentElement.lang);
    const request = new XMLHttpRequest();
    request.responseType = "document";
    request.addEventListener("load", () => {
      const found = request.response?.querySelector(".declaration");
      if (!found) return;
      place.replaceChildren(document.adoptNode(found));
      follow(found);
    });
    request.open("GET", `${base}/c/${site}?language=${language}`);
    request.send();
    void adoptStyle();
  }

  async function adoptStyle() {
    const answer = await fetch(`${base}/c/${site}/declaration.css`);
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(await answer.text());
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  }

  /** Show the choice once there is a banner that knows it, and whenever it changes. */
  function follow(declared) {
    const show = () => window.consent?.get && showChoice(declared, window.consent.get());
    document.addEventListener("consent:change", show);
    for (const button of declared.querySelectorAll("[data-act]")) button.addEventListener("click", () => act(declared, button));
    const waiting = setInterval(() => {
      if (window.consent?.get) clearInterval(waiting);
      show();
    }, WAIT_MS);
    show();
  }

  function showChoice(declared, decision) {
    declared.querySelector("[data-elsewhere]").hidden = true;
    declared.querySelector("[data-here]").hidden = false;
    for (const answer of declared.querySelectorAll("[data-answer]")) {
      const { granted, reason } = decision.groups[answer.dataset.answer];
      answer.textContent = granted ? answer.dataset.allowed : reason === "opt_in_not_given" ? answer.dataset.unanswered : answer.dataset.refused;
    }
    declared.querySelector("[data-honored]").hidden = !decision.status; // 11 CCR 7025(c)(6): at once, wherever a choice is shown
    const granted = Object.entries(decision.groups).some(([group, answer]) => group !== "essential" && answer.granted);
    declared.querySelector("[data-act=withdraw]").hidden = !granted;
  }

  async function act(declared, button) {
    await window.consent[button.dataset.act]();
    if (button.dataset.done) declared.querySelector("[role=status]").textContent = button.dataset.done;
  }

  function start() {
    const here = document.querySelector(".declaration");
    if (here) return follow(here);
    const marked = document.querySelector("[data-declaration]");
    const place = marked ?? document.createElement("div");
    if (!marked) {
      if (!document.body?.contains(script)) return console.warn("consent: put <div data-declaration></div> where the cookie declaration belongs.");
      script.after(place);
    }
    const link = document.createElement("a"); // what is there until the declaration is, or where the service is away
    link.textContent = link.href = `${base}/c/${site}`;
    place.replaceChildren(link);
    load(place);
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
