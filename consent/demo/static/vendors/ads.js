// Does what an ad vendor's script does: an id cookie on the page, a pixel with another id on its own host, and an ad.
(() => {
  const home = new URL(document.currentScript.src).origin;
  const known = /(?:^|; )demo_ads=([^;]*)/.exec(document.cookie);
  const id = known ? known[1] : Math.random().toString(36).slice(2, 14);
  document.cookie = `demo_ads=${id}; path=/; max-age=7776000; SameSite=Lax`;

  const pixel = new Image(1, 1);
  pixel.alt = '';
  pixel.src = `${home}/pixel?visitor=${id}&page=${encodeURIComponent(location.pathname)}`;

  const fill = () => {
    for (const slot of document.querySelectorAll('[data-ad-slot]:empty')) {
      const advert = document.createElement('p');
      advert.style.cssText = 'margin:0;padding:18px 20px;border-radius:12px;background:#ffe9a8;color:#4a3400;font:16px/1.4 system-ui,sans-serif';
      advert.textContent = 'Advertisement: garden boots, this week 20 % off. Chosen for you by what you looked at.';
      slot.append(advert);
    }
  };
  if (document.readyState === 'loading') addEventListener('DOMContentLoaded', fill); else fill();
  navigator.sendBeacon(`${home}/hit?event=view&visitor=${id}`);
})();
