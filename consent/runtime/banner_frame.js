// Runs before a banner that is drawn in a frame: simulates the relevant state of the visitor's browser, and blocks all
// requests.
function drawInFrame({ time, signals, banner, vendors, files, layer, name, choice }) {
  const fix = (object, name, value) => Object.defineProperty(object, name, { value });
  // Two frames are printed side by side on a sheet of paper.
  const paper = new CSSStyleSheet();
  paper.replaceSync("@media print { :root { zoom: .5 } }");
  document.adoptedStyleSheets.push(paper);
  // Print buttons in color too; the banner's own styles are reset in each shadow host.
  const exact = new CSSStyleSheet();
  // When a page is printed, the first layer is normally hidden, but in a frame it is what is to be printed. Maximum
  // sizes relative to the window would be half as large there.
  exact.replaceSync(`:is(*, #a#a), ::slotted(:is(*, #a#a)) { print-color-adjust: exact !important }
@media print { .card:not(dialog) { display: flex !important } .card, dialog { max-height: none !important } dialog { width: 92% !important } }`); // the id outdoes its rules
  new MutationObserver(() => {
    for (const { shadowRoot: root } of document.querySelectorAll("*"))
      if (root && !root.adoptedStyleSheets.includes(exact)) root.adoptedStyleSheets.push(exact);
  }).observe(document, { childList: true, subtree: true });
  fix(navigator, "globalPrivacyControl", signals.gpc);
  fix(navigator, "doNotTrack", signals.dnt ? "1" : null);
  fix(navigator, "sendBeacon", () => true);
  fix(Date, "now", () => time * 1000);
  // The frame has no cookies of its own; a choice made in it can be read again while it is open.
  const names = [name, `${name}_tcf`];
  const values = choice.split(" ");
  let told;
  const tell = () => parent.postMessage({ choice: values[0] && values.join(" ").trim() }, "*"); // only the dashboard may hold this frame
  const keep = (text) => {
    const at = names.findIndex((one) => text.startsWith(`${one}=`));
    if (at < 0) return; // the cookie of a choice that waits, which nobody asks for here
    values[at] = text.split(";")[0].slice(names[at].length + 1);
    clearTimeout(told);
    told = setTimeout(tell); // once both are written
  };
  const read = () => names.flatMap((one, at) => (values[at] ? [`${one}=${values[at]}`] : [])).join("; ");
  Object.defineProperty(Document.prototype, "cookie", { get: read, set: keep });
  fix(window, "fetch", async (address) => {
    if (String(address).includes("/decision?")) return Response.json({ banner });
    if (String(address).includes("/vendors?")) return Response.json({ vendors });
    const file = Object.keys(files).find((path) => String(address).endsWith(path));
    if (file) return Response.json(files[file]);
    throw new TypeError("a banner that is drawn in a frame reaches nobody");
  });
  const open = (tries) => {
    if (window.consent) return layer === 2 && window.consent.open();
    if (tries) return setTimeout(open, 50, tries - 1);
    document.getElementById("missing").hidden = false;
  };
  open(100);
}
