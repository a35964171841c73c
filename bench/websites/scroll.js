/**
 * Scroll through the page and back, and trigger a new layout: what is only drawn near the viewport, or was measured before
 * images had loaded, would otherwise look different by chance.
 */
async most => {
  const wait = milliseconds => new Promise(done => setTimeout(done, milliseconds));
  for (let top = 0; top < Math.min(most, document.documentElement.scrollHeight); top += innerHeight / 2) {
    scrollTo({ top, behavior: "instant" });
    // Intersection observers run once per frame, which takes a while on a busy machine.
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    await wait(100);
  }
  scrollTo({ top: 0, behavior: "instant" });
  dispatchEvent(new Event("resize"));
  const asked = [...document.images].filter(one => one.currentSrc);
  await Promise.race([Promise.all(asked.map(one => one.decode().catch(() => {}))), wait(4000)]);
}
