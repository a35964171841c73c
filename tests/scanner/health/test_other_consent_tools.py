"""Banners of other tools and homemade ones are answered as a visitor would."""

from typing import Any

import pytest

from tests.scanner.scan_site import ScanSite
from tests.scanner.websites import Sites

pytestmark = pytest.mark.long

SCRIPT = """
<script>
  const box = document.querySelector('#box');
  function keep(word) { localStorage.setItem('answer', word); box.remove(); }
  function save() { keep(document.querySelector('#stats').checked ? 'all' : 'none'); }
  function both(on) { document.querySelector('#stats').checked = on; }
</script>
"""
HIDING = """
<script>
  if (!navigator.webdriver) document.body.insertAdjacentHTML('beforeend', `<div id="box" role="dialog">We use cookies
    <button onclick="keep('all')">Sounds good</button> <button onclick="keep('none')">I would rather not</button></div>`);
</script>
"""
PRETICKED = """
<div id="box" role="dialog">Wir verwenden Cookies <button onclick="keep('all')">Alles klar</button>
  <button onclick="more.hidden = false">Details anzeigen</button>
  <div id="more" hidden><label><input type="checkbox" checked disabled> Notwendig</label>
  <label><input id="stats" type="checkbox" checked> Statistik</label>
  <button onclick="save()">Auswahl speichern und schließen</button></div></div>
"""
TWO_STEPS = """
<div id="box" role="dialog">Ce site utilise des traceurs <label><input id="stats" type="checkbox"> Statistiques</label>
  <button onclick="both(true)">Tout accepter</button> <button onclick="both(false)">Tout refuser</button>
  <button onclick="save()">Enregistrer</button></div>
"""
LINKED = """
<div id="box" class="cookies">Ta strona używa ciasteczek <a href="?odpowiedz=all">Zgoda</a>
  <a href="?odpowiedz=none">Odmowa</a>
  <a href="/polityka">Polityka</a></div>
<script>
  const said = new URLSearchParams(location.search).get('odpowiedz');
  if (said) { localStorage.setItem('answer', said); document.querySelector('#box').remove(); }
</script>
"""
CLOSED = """
<div id="host"></div>
<script>
  const host = document.querySelector('#host');
  const root = host.attachShadow({ mode: 'closed' });
  root.innerHTML = '<div role="dialog">We use cookies <button>Accept all</button> <button>Reject all</button></div>';
  [...root.querySelectorAll('button')].forEach((button, index) => button.onclick = () => {
    localStorage.setItem('answer', ['all', 'none'][index]);
    host.remove();
  });
  if (host.shadowRoot) localStorage.setItem('said-open', '1');
</script>
"""
DECLARED = """
<div id="host"><template shadowrootmode="closed"><section><template shadowrootmode="closed"><div role="dialog">We use cookies
  <button onclick="keep('all')">Accept all</button> <button onclick="keep('none')">Reject all</button>
</div></template></section></template></div>
<script>
  const host = document.querySelector('#host');
  function keep(word) { localStorage.setItem('answer', word); host.remove(); }
  if (host.shadowRoot || host.querySelector('template')) localStorage.setItem('said-open', '1');
</script>
"""
TARTEAUCITRON = """
<style>[hidden] { display: none !important }</style>
<div id="tarteaucitronRoot">
  <div id="tarteaucitronAlertBig" role="alertdialog">Ta strona używa plików cookies
    <button id="tarteaucitronPersonalize2" onclick="allow(true); panel(false)">Zezwól</button>
    <button id="tarteaucitronCloseAlert" onclick="panel(true)">Więcej</button></div>
  <div id="tarteaucitron" role="dialog" hidden><button id="tarteaucitronClosePanel" onclick="panel(false)">Zamknij</button>
    <button id="tarteaucitronAllAllowed" onclick="allow(true)">Wszystkie</button>
    <button id="tarteaucitronAllDenied" onclick="allow(false)">Żadne</button>
    <button id="mystatAllowed" onclick="allow(true)">Zezwól</button>
    <button id="mystatDenied" onclick="allow(false)">Zakaz</button>
    <button id="tarteaucitronSaveButton" onclick="panel(false)">Zapisz</button></div></div>
<script>
  const allow = (is) => localStorage.setItem('answer', is ? 'all' : 'none');
  const panel = (is) => {
    document.querySelector('#tarteaucitronAlertBig').hidden = true;
    document.querySelector('#tarteaucitron').hidden = !is;
  };
</script>
"""
"""Its panel (1.34), for notices without a way to deny: denying all takes effect and leaves the panel open."""
RADIOS = """
<div id="box" role="dialog">We use cookies <button onclick="keep('all')">Agree</button>
  <button onclick="more.hidden = false">Choose</button>
  <div id="more" hidden>Statistics <label><input id="stats" type="radio" name="s" value="1" checked> On</label>
  <label><input type="radio" name="s" value="0"> Off</label>
  Videos <button id="videos" aria-pressed="true" onclick="ariaPressed = String(ariaPressed !== 'true')">Videos</button>
  <button onclick="videos.ariaPressed === 'true' ? keep('some') : save()">Save</button></div></div>
"""
ASKED_TWICE = """
<div id="box" role="dialog">We use cookies <button onclick="keep('all')">Accept</button>
  <button onclick="box.hidden = true; sure.hidden = false">Reject</button></div>
<div id="sure" role="dialog" hidden>Are you sure? <button onclick="keep('all')">Accept</button>
  <button onclick="sure.remove(); keep('none')">Reject all</button></div>
"""
NEWS = (
    '<div role="dialog">Our newsletter <button onclick="keep(\'news\')">No thanks</button><button>OK</button></div>'
    '<div style="position:fixed;bottom:0" id="box">We use cookies <button onclick="keep(\'all\')">Agree</button>'
    "<button onclick=\"keep('none')\">Disagree</button></div>"
)
KEPT = "<script>localStorage.setItem(`said-${localStorage.getItem('answer')}`, '1')</script>"


@pytest.mark.parametrize(
    ("banner", "accepting", "rejecting"),
    [
        (HIDING, 1, 1),
        (PRETICKED, 1, 3),
        (TWO_STEPS, 2, 2),
        (LINKED, 1, 1),
        (CLOSED, 1, 1),
        (DECLARED, 1, 1),
        (TARTEAUCITRON, 1, 3),
        (RADIOS, 1, 4),
        (ASKED_TWICE, 1, 2),
        (NEWS, 1, 1),
    ],
)
def test_each_answer_is_given_in_the_clicks_that_it_takes(
    scan_in_shell: ScanSite, sites: Sites, banner: str, accepting: int, rejecting: int
) -> None:
    sites.page(
        "/",
        banner
        + (SCRIPT if banner not in (LINKED, CLOSED, DECLARED, TARTEAUCITRON) else "")
        + '<a href="/more">more</a>',
    )
    sites.page("/more", KEPT)
    visits = scan_in_shell(sites.url(), states=("accept", "reject"), pages=2)["visits"]
    assert [_told(visit) for visit in visits] == [(accepting, ["said-all"]), (rejecting, ["said-none"])]


def _told(visit: dict[str, Any]) -> tuple[int, list[str]]:
    """Return the number of clicks for the answer, and the stored answer on the next page."""
    kept = [name for frame in visit["pages"][1]["frames"] for name in frame["local_storage"]]
    return visit["choice"]["actions"], [name for name in kept if name.startswith("said-")]
