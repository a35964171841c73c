// Runs before a banner that is drawn again: it meets the browser of then, as far as that matters, and reaches nobody.
function drawAgain({ time, signals, banner, vendors, layer }) {
  const fix = (object, name, value) => Object.defineProperty(object, name, { value });
  fix(navigator, "globalPrivacyControl", signals.gpc);
  fix(navigator, "doNotTrack", signals.dnt ? "1" : null);
  fix(navigator, "sendBeacon", () => true);
  fix(Date, "now", () => time * 1000);
  fix(window, "fetch", async (address) => {
    if (String(address).includes("/decision?")) return Response.json({ banner });
    if (String(address).includes("/vendors?")) return Response.json({ vendors });
    throw new TypeError("a banner that is drawn again reaches nobody");
  });
  const open = (tries) => {
    if (window.consent) return layer === 2 && window.consent.open();
    if (tries) return setTimeout(open, 50, tries - 1);
    document.getElementById("missing").hidden = false;
  };
  open(100);
}
