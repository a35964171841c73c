/**
 * Runs before everything in a page: records layout shifts not caused by the visitor, and the first contentful paint.
 */
(() => {
  const watch = (type, see) => new PerformanceObserver(list => list.getEntries().forEach(see)).observe({ type, buffered: true });
  window.__shift = 0;
  watch("layout-shift", entry => { if (!entry.hadRecentInput) window.__shift += entry.value; });
  watch("paint", entry => { if (entry.name === "first-contentful-paint") window.__paint = entry.startTime; });
})();
