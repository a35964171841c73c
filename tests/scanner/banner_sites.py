"""Small sites with their own banner: one that passes all checks, and variants that fail."""

from typing import Any

from tests.scanner.websites import Sites

TEXT = (
    "Site Ltd is responsible for this page. We use analytics to measure our audience. 2 third parties take part."
    " You can withdraw your choice at any time."
)
LISTED = "Google Analytics keeps _ga for two years to measure visits."
TOLD = "Your browser sends Global Privacy Control. What you accept here counts instead of that signal."
STYLE = """<style>
  button { font: 16px sans-serif; padding: 8px 16px; min-height: 40px; color: #000; background: #ddd; border: 0 }
  #cookie-box, #cookie-more { position: fixed; bottom: 0; background: #fff } [hidden] { display: none !important }
</style>"""
BOX = """
<div id="cookie-box" role="dialog" aria-label="Cookies" hidden>
  <p>TEXT <a href="#list">List of partners</a></p>
  CROSS
  <button onclick="answer('yes')">Accept all</button> <button onclick="refuse()">Reject all</button>
  <button onclick="more()">Cookie preferences</button>
</div>
<div id="cookie-more" role="dialog" aria-label="Cookie details" hidden>
  <p>LISTED</p> <p>TOLD</p>
  <label><input id="switch" type="checkbox"> Analytics</label>
  <button onclick="answer('yes')">Accept all</button> <button onclick="refuse()">Reject all</button>
</div>
<footer><button onclick="more()">Cookie settings</button></footer>
"""
SCRIPT = """
const box = document.querySelector('#cookie-box'), second = document.querySelector('#cookie-more');
const kept = () => (document.cookie.match(/answer=(\\w+)/) || [])[1];
function answer(word) {
  const days = word === 'yes' ? GRANT_DAYS : REFUSAL_DAYS;
  document.cookie = `answer=${word}; Max-Age=${days * 86400}`;
  box.hidden = second.hidden = true;
  if (word === 'yes') document.cookie = '_ga=1; Max-Age=86400';
}
function more() { box.hidden = true; second.hidden = false;
  document.querySelector('#switch').checked = kept() === 'yes' || LEFT_ON; }
function refuse() { ARGUE answer('no'); }
function closeBox() { CLOSE }
document.addEventListener('keydown', (event) => { if (event.key === 'Escape') second.hidden = true; });
if (!kept() && !(QUIET && navigator.globalPrivacyControl)) box.hidden = false;
if (TCF) window.__tcfapi = (command, version, done) => done({ tcString: '', purpose: kept() === 'no'
  ? { consents: {}, legitimateInterests: INTERESTS } : { consents: {}, legitimateInterests: {} } }, true);
"""
GOOD = {
    "TEXT": TEXT,
    "LISTED": LISTED,
    "TOLD": TOLD,
    "CROSS": '<button aria-label="Close" onclick="closeBox()">×</button>',
    "CLOSE": "answer('no')",
    "GRANT_DAYS": "365",
    "REFUSAL_DAYS": "365",
    "LEFT_ON": "false",
    "ARGUE": "",
    "QUIET": "true",
    "TCF": "true",
    "INTERESTS": "{}",
}


def serve_notice(sites: Sites, **changed: str) -> None:
    """Serve a site of two pages with the good banner, modified by `changed`."""
    text = STYLE + BOX + f"<script>{SCRIPT}</script>"
    for name, value in (GOOD | changed).items():
        text = text.replace(name, value)
    sites.page("/", text + '<a href="/second">second</a>')
    sites.page("/second", text)


def serve_own(sites: Sites, believes_age: bool = True, strict: bool = True) -> None:
    """Serve a page with a script in place of this service's: it answers correctly, or allows too much."""

    def script(handler: Any) -> None:
        is_child = believes_age and "age_band=under13" in handler.path
        place = "null" if "country=" not in handler.path else "'DE'"
        before = "true" if place == "null" and not strict else "false"
        handler.answer(
            OWN.replace("PLACE", place).replace("BEFORE", before).replace("LOCKED", str(is_child).lower()),
            "text/javascript",
        )

    sites.acts["/b/shop.js"] = script
    sites.page("/", f'{STYLE}<div id="bar"></div><script src="/b/shop.js"></script>')


OWN = """
let granted = BEFORE;
const place = { country: PLACE, subdivision: null }, locked = LOCKED;
const group = (is) => ({ granted: is, reason: locked ? 'minor' : is ? 'granted' : 'opt_in_not_given' });
window.consent = { get: () => ({ site: 'shop', place, show: 'ask', language: 'en', tags: [],
  groups: { functional: group(granted), analytics: group(granted), advertising: group(granted && !locked) } }) };
document.querySelector('#bar').innerHTML = `<div id="cookie-box" role="dialog" aria-label="Cookies" style="position:fixed">
  <button onclick="granted = true; this.closest('div').remove()">Accept all</button> <button>Reject all</button>
  <button onclick="document.querySelector('#more').hidden = false">Settings</button>
  <p id="more" hidden><label><input type="checkbox"> Analytics</label>
  <label><input type="checkbox" ${locked ? 'disabled' : ''}> Advertising</label></p></div>`;
"""
