// The video vendor's player: remembers where the film stood, and tells its own host of every play.
(() => {
  const main = document.querySelector('main');
  const button = document.querySelector('.play');
  button.addEventListener('click', () => {
    const playing = main.classList.toggle('playing');
    button.setAttribute('aria-pressed', String(playing));
    button.setAttribute('aria-label', playing ? 'Pause' : 'Play');
    try { localStorage.setItem('video_watched', location.pathname); } catch { /* storage may be shut */ }
    navigator.sendBeacon('/hit?event=' + (playing ? 'play' : 'pause'));
  });
})();
