// Does what an analytics vendor's script does: an id cookie, a queue in the page's storage, beacons to its own host.
(() => {
  const source = new URL(document.currentScript.src);
  const property = source.searchParams.get('id') || 'none';
  const early = window.demoQueue || [];
  let stopped = false;

  // Set the cookie on the widest domain that accepts it, so that all hosts of the site share one visitor id.
  const cookie = (value) => {
    const parts = location.hostname.split('.');
    const wide = parts.length > 2 && !/^[\d.]+$/.test(location.hostname) ? `; domain=${parts.slice(-2).join('.')}` : '';
    document.cookie = `demo_visitor=${value}; path=/; max-age=34164000; SameSite=Lax${wide}`;
  };
  const known = /(?:^|; )demo_visitor=([^;]*)/.exec(document.cookie);
  const visitor = known ? known[1] : `D.${Date.now()}.${Math.random().toString(36).slice(2, 10)}`;
  cookie(visitor);

  const read = () => {
    try { return JSON.parse(localStorage.getItem('demo_analytics_queue') || '[]'); } catch { return []; }
  };
  const write = (events) => {
    try { localStorage.setItem('demo_analytics_queue', JSON.stringify(events.slice(-20))); } catch { /* storage may be blocked */ }
  };
  const send = () => {
    const events = read();
    if (stopped || !events.length) return;
    const body = JSON.stringify({ property, visitor, page: location.pathname, events });
    fetch(`${source.origin}/hit?id=${property}`, { method: 'POST', body, keepalive: true, credentials: 'include' })
      .then(() => { if (!stopped) write([]); })
      .catch(() => { /* stays in the queue for the next page */ });
  };
  const take = (entry) => {
    if (stopped) return;
    const [event, details] = Array.from(entry);
    write([...read(), { event, details: details || null }]);
    send();
  };
  const leave = () => {
    if (!stopped) navigator.sendBeacon(`${source.origin}/hit?id=${property}&event=leave`);
  };
  addEventListener('pagehide', leave);

  window.demoQueue = { push: take };
  window.demoAnalytics = (...entry) => take(entry);
  window.demoAnalytics.stop = () => {
    stopped = true;
    removeEventListener('pagehide', leave);
  };
  early.forEach(take);
})();
