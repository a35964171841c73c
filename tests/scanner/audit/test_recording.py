"""What an ordinary site with another consent tool stores, and who stored it, state by state."""

import json
from pathlib import Path
from typing import Any

import pytest

from consent.scanner.audit.inventory import Inventory, Item
from consent.scanner.save_results import read_pictures
from tests.scanner.scan_site import ScanSite
from tests.scanner.websites import Sites, serving

pytestmark = pytest.mark.extended

NOTICE = """
<div id="cookie-box" style="position:fixed;bottom:0;background:#eee">Wir verwenden Cookies.
  <button onclick="answer('yes')">Alle akzeptieren</button> <button onclick="more()">Einstellungen</button>
  <span id="second" hidden><button onclick="answer('no')">Nur notwendige</button></span></div>
<script>
  const box = document.querySelector('#cookie-box');
  if (document.cookie.includes('answer=')) box.remove();
  function more() { document.querySelector('#second').hidden = false; }
  function answer(word) { document.cookie = 'answer=' + word + '; Max-Age=864000'; box.remove();
    if (word === 'yes') stats(); }
  function stats() { const s = document.createElement('script'); s.src = STATS; document.head.append(s); }
  const STATS = 'http://stats.vendor.localhost:PORT/stats.js';
  if (document.cookie.includes('answer=yes')) stats();
</script>
"""
STATS = """
document.cookie = 'visitor=1; Max-Age=34560000';
localStorage.setItem('visits', '1');
indexedDB.open('queue');
new Image().src = 'http://stats.vendor.localhost:PORT/pixel';
"""
LEAK = """
<script src="/own.js"></script>
<iframe src="http://frame.other.localhost:PORT/frame"></iframe>
<iframe></iframe>
"""
DEDICATED = "fetch('http://quiet.worker.localhost:PORT/from-worker', {mode: 'no-cors'})"
OWN = """
sessionStorage.setItem('tab', '1');
dataLayer = [];
function gtag() { dataLayer.push(arguments); }
gtag('consent', 'default', {ad_storage: 'denied'});
document.createElement('canvas').toDataURL();
navigator.serviceWorker.register('/worker.js');
new Worker('/dedicated.js');
new OfflineAudioContext(1, 44100, 44100).startRendering();
const paper = document.createElement('canvas').getContext('2d');
for (let i = 0; i < 30; i++) { paper.font = `16px font-${i}, serif`; paper.measureText('mmm'); }
try { WebGLRenderingContext.prototype.getParameter(37446); } catch {} // there need be no graphics card
caches.open('offline');
window.cookieStore?.set('modern', '1');
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="module")
def seen(scan_in_shell: ScanSite, folder: Path) -> dict[str, Any]:
    with serving() as sites:
        serve(sites)
        states = ("none", "reject", "accept", "gpc")
        return scan_in_shell(sites.url(), states=states, pages=3, screenshots=str(folder))


def serve(sites: Sites) -> None:
    def fill(text: str) -> str:
        return text.replace("PORT", str(sites.port))

    sites.page("/", fill(NOTICE + LEAK + '<a href="/second">second</a> <a href="/logout">out</a>'))
    sites.page("/second", fill(NOTICE))
    sites.page("/frame", "<script>document.cookie = 'framed=1'; fetch('/from-frame')</script>")
    sites.headers["/"] = [("Set-Cookie", "sid=1; HttpOnly; SameSite=Lax")]
    sites.headers["/pixel"] = [("Set-Cookie", "px=1; Max-Age=3600")]
    sites.scripts |= {
        "/own.js": OWN,
        "/stats.js": fill(STATS),
        "/worker.js": "",
        "/dedicated.js": fill(DEDICATED),
        "/pixel": "",
        "/from-frame": "",
    }


@pytest.fixture(scope="module")
def items(seen: dict[str, Any]) -> dict[tuple[str, str], Item]:
    return {(item.kind, item.name): item for item in Inventory(seen).items}


def test_the_site_is_walked_by_its_links_and_never_logged_out(seen: dict[str, Any]) -> None:
    assert [page.rpartition("/")[2] for page in seen["pages"]] == ["", "second"]
    assert [visit["problem"] for visit in seen["visits"]] == [None] * 4


def test_accept_and_reject_of_another_tool_are_found(seen: dict[str, Any]) -> None:
    choices = {visit["state"]: visit["choice"] for visit in seen["visits"]}
    assert choices["none"] is None
    assert (choices["accept"]["label"], choices["accept"]["actions"]) == ("Alle akzeptieren", 1)
    assert (choices["reject"]["label"], choices["reject"]["actions"]) == ("Nur notwendige", 2)


def test_a_cookie_has_its_attributes_its_life_and_its_maker(items: dict[tuple[str, str], Item]) -> None:
    visitor, session = items["cookie", "visitor"], items["cookie", "sid"]
    assert visitor.by[0].endswith("/stats.js")
    assert visitor.by[0].startswith("http://stats.vendor.localhost")
    assert visitor.situations == ["accept"]
    assert 34_550_000 < visitor.facts["lifetime_s"] <= 34_560_000
    assert (session.facts["http_only"], session.facts["same_site"], session.facts["lifetime_s"]) == (True, "Lax", None)
    assert items["cookie", "modern"].by[0].endswith("/own.js")
    assert session.situations == ["none", "gpc"]
    assert items["cookie", "answer"].situations == ["reject", "accept"]


def test_what_other_hosts_keep_is_a_third_partys(items: dict[tuple[str, str], Item]) -> None:
    assert items["cookie", "framed"].third_party
    assert items["cookie", "framed"].host == "frame.other.localhost"
    assert items["host", "stats.vendor.localhost"].third_party
    assert items["host", "stats.vendor.localhost"].situations == ["accept"]
    assert not items["host", "www.site.localhost"].third_party


def test_third_parties_keep_what_they_keep_in_a_visitors_browser(scan_site: ScanSite, sites: Sites) -> None:
    kept = "document.cookie = 'framed=1; Max-Age=3600; SameSite=None; Secure'; localStorage.setItem('framed', '1')"
    sites.page("/frame", f"<script>{kept}; fetch('/after')</script>")
    sites.scripts |= {"/pixel": "", "/after": ""}
    sites.headers["/pixel"] = [("Set-Cookie", "px=1; Max-Age=31536000; SameSite=None; Secure")]
    frame = sites.url("/frame", "f.other.localhost")
    pixel = sites.url("/pixel", "p.ad.localhost")
    sites.page("/", f'<iframe src="{frame}"></iframe><img src="{pixel}">')
    found = {(one.kind, one.name): one for one in Inventory(scan_site(sites.url(), states=("none",), pages=1)).items}
    assert found["cookie", "framed"].facts["lifetime_s"]
    assert found["cookie", "px"].facts["lifetime_s"]
    assert found["local_storage", "framed"].host == "f.other.localhost"
    assert "f.other.localhost /after" in sites.asked


def test_a_frame_without_an_address_keeps_what_its_page_keeps(seen: dict[str, Any]) -> None:
    hosts = [item.host for item in Inventory(seen).items if item.name == "tab"]
    assert hosts == ["www.site.localhost"], "found once, and where it is"


def test_storage_workers_and_fingerprints_are_found(items: dict[tuple[str, str], Item]) -> None:
    assert items["local_storage", "visits"].by[0].endswith("/stats.js")
    assert items["session_storage", "tab"].by[0].endswith("/own.js")
    assert items["indexed_db", "queue"].situations == ["accept"]
    (worker,) = [name for kind, name in items if kind == "service_worker"]
    assert worker.startswith("http://"), "by its whole address, as the browser lists it"
    assert items["fingerprint", "canvas"].by[0].endswith("/own.js")
    assert {name for kind, name in items if kind == "fingerprint"} == {"canvas", "audio", "fonts", "webgl"}
    assert items["cache", "offline"].by[0].endswith("/own.js")


def test_pictures_are_taken_in_each_state_and_after_the_choice(seen: dict[str, Any], folder: Path) -> None:
    named = [name for visit in seen["visits"] for page in visit["pages"] for name in page["screenshots"]]
    assert sorted(named) == sorted(file.name for file in folder.iterdir())
    assert {"none-here-001.jpg", "reject-here-001.jpg", "reject-here-001-chosen.jpg", "gpc-here-002.jpg"} < set(named)
    pictures = list(read_pictures(folder, seen))
    assert len(pictures) == len(named) == 10
    assert {(one.state, one.is_after_choice) for one in pictures} > {("accept", True), ("none", False)}


def test_what_a_worker_asks_is_found_too(items: dict[tuple[str, str], Item]) -> None:
    assert items["host", "quiet.worker.localhost"].situations == ["none", "gpc"]


def test_a_request_names_who_asked_for_it_and_in_which_frame(seen: dict[str, Any]) -> None:
    first = seen["visits"][0]["pages"][0]
    asked = {request["url"].rpartition("/")[2]: request for request in first["requests"]}
    assert asked["from-frame"]["by"][0].endswith("/frame")
    assert asked["own.js"]["kind"] == "script"
    accepted = {r["url"].rpartition("/")[2]: r for r in seen["visits"][2]["pages"][0]["requests"]}
    assert accepted["pixel"]["by"][0].endswith("/stats.js")
    assert accepted["pixel"]["kind"] == "image"
    assert accepted["pixel"]["after_choice"]
    assert {frame["url"].rpartition("/")[2] for frame in first["frames"]} == {"", "frame"}


def test_records_a_consent_mode_call(seen: dict[str, Any]) -> None:
    (call,) = seen["visits"][0]["pages"][0]["consent_mode"]
    assert (call["command"], call["values"]) == ("default", {"ad_storage": "denied"})


def test_gpc_is_sent_as_header_and_property(scan_in_shell: ScanSite, sites: Sites) -> None:
    heard: list[str | None] = []
    sites.page("/", "<script>if (navigator.globalPrivacyControl) localStorage.setItem('gpc', '1')</script>")
    page = sites.pages["/"]
    sites.acts["/"] = lambda handler: (heard.append(handler.headers["Sec-GPC"]), handler.answer(page, "text/html"))
    result = scan_in_shell(sites.url(), states=("gpc",), pages=1)
    assert heard == ["1"]
    assert [write["name"] for write in result["visits"][0]["pages"][0]["writes"]] == ["gpc"]


def test_a_form_makes_the_browser_ask_its_maker_for_nothing(scan_site: ScanSite, sites: Sites) -> None:
    names = ("name", "email", "street-address", "address-level2")
    fields = "".join(f'<label>{name} <input name="{name}" autocomplete="{name}"></label>' for name in names)
    sites.page("/", f'<form method="post">{fields}<button>Order</button></form>')
    assert "autofill" not in json.dumps(scan_site(sites.url(), states=("none",)))


def test_a_script_that_the_page_names_is_told_with_when_it_ran(scan_in_shell: ScanSite, sites: Sites) -> None:
    sites.page("/", "<script>dataLayer = [['consent', 'default', {}]]</script><script async src=/tool.js></script>")
    sites.acts["/tool.js"] = lambda handler: handler.answer(
        "dataLayer.push(['consent', 'update', {}])", "text/javascript"
    )
    (page,) = scan_in_shell(sites.url(), states=("none",), pages=1)["visits"][0]["pages"]
    (tool,) = [request for request in page["requests"] if request["url"].endswith("/tool.js")]
    default, update = page["consent_mode"]
    assert default["at"] <= update["at"] <= tool["ran_at"]
    assert all(request["ran_at"] is None for request in page["requests"] if request is not tool)


WIDTHS = """<span id="text">mmm</span><script>
const text = document.querySelector('#text');
for (let i = 0; i < 60; i++) { text.style.fontFamily = `font-${i % FAMILIES}, serif`; text.MEASURE; }
</script>"""


def test_fonts_are_listed_by_the_width_of_a_text_too(scan_in_shell: ScanSite, sites: Sites) -> None:
    measures = {"width": "offsetWidth", "height": "offsetHeight", "box": "getBoundingClientRect()"}
    expected = {sites.url(): []}
    for name, measure in measures.items():
        for families, found in ((30, ["fonts"]), (6, [])):
            sites.page(f"/{name}/{families}", WIDTHS.replace("FAMILIES", str(families)).replace("MEASURE", measure))
            expected[sites.url(f"/{name}/{families}")] = found
    sites.page("/", "".join(f'<a href="{address}">{address}</a>' for address in expected))
    pages = scan_in_shell(sites.url(), states=("none",), pages=len(expected))["visits"][0]["pages"]
    assert {page["url"]: [call["name"] for call in page["fingerprints"]] for page in pages} == expected


def test_what_a_page_keeps_just_before_it_leads_on_is_told_with_its_maker(
    scan_in_shell: ScanSite, sites: Sites
) -> None:
    sites.page("/", "<script src=/leave.js></script>")
    sites.page("/next", "")
    sites.scripts["/leave.js"] = """
    document.createElement('canvas').toDataURL();
    localStorage.setItem('left', '1'); localStorage.removeItem('left');
    location.replace('/next');
    """
    (page,) = scan_in_shell(sites.url(), states=("none",), pages=1)["visits"][0]["pages"]
    assert page["final_url"].endswith("/next")
    for kind, name in (("writes", "left"), ("fingerprints", "canvas")):
        (found,) = [one for one in page[kind] if one["name"] == name]
        assert found["by"][0].endswith("/leave.js")
