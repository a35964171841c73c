// Keeps the number of vendor hits in the demo toolbar up to date, fetched through the shop's own server.
(() => {
  const place = document.querySelector('[data-hits]');
  if (!place) return;
  const update = async () => {
    if (document.visibilityState !== 'visible') return;
    try {
      const answer = await fetch('/demo/hits', { headers: { Accept: 'application/json' } });
      const report = await answer.json();
      place.textContent = report.total;
      place.title = Object.entries(report.hosts)
        .map(([host, paths]) => `${host}: ${Object.values(paths).reduce((sum, count) => sum + count, 0)}`)
        .join('\n');
      place.hidden = false;
    } catch { /* the page may be unloading, or the demo was stopped */ }
  };
  update();
  setInterval(update, 2000);
  document.addEventListener('visibilitychange', update);
  addEventListener('consent:change', () => setTimeout(update, 300));
})();
