// The video vendor's player: remembers which video was watched, and reports every play and pause to its own host.
(() => {
  const main = document.querySelector('main');
  const button = document.querySelector('.play');
  button.addEventListener('click', () => {
    const playing = main.classList.toggle('playing');
    button.setAttribute('aria-pressed', String(playing));
    button.setAttribute('aria-label', playing ? 'Pause' : 'Play');
    try { localStorage.setItem('video_watched', location.pathname); } catch { /* storage may be blocked */ }
    navigator.sendBeacon('/hit?event=' + (playing ? 'play' : 'pause'));
  });
})();
