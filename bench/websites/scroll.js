/**
 * Go through the page and back, and have it measure itself anew: what is drawn only once it is near, or was measured before
 * images had come, would look one way or the other by chance.
 */
async most => {
  const wait = milliseconds => new Promise(done => setTimeout(done, milliseconds));
  for (let top = 0; top < Math.min(most, document.documentElement.scrollHeight); top += innerHeight / 2) {
    scrollTo({ top, behavior: "instant" });
    // What watches whether something is near is called with a frame, which takes its time on a busy machine.
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    await wait(100);
  }
  scrollTo({ top: 0, behavior: "instant" });
  dispatchEvent(new Event("resize"));
  const asked = [...document.images].filter(one => one.currentSrc);
  await Promise.race([Promise.all(asked.map(one => one.decode().catch(() => {}))), wait(4000)]);
}
