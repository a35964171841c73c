"""A shop that proxies four vendors on its own host is audited in Chromium: without our script, and in each manner."""

import json
import time
from typing import Any
from xml.etree import ElementTree

import pytest

from consent.classifier.catalog import VENDORS, load_catalog
from consent.scanner.audit.audit import Audit, audit
from consent.scanner.audit.classify_items import Promise
from consent.scanner.audit.inventory import Inventory
from consent.scanner.audit.reports import as_json, as_junit, as_sarif, text_lines
from consent.scanner.save_results import saved_items
from consent.sites.own_host.mounts import mount_entries
from tests.banner.blocker import blocker
from tests.banner.payload import make_payload, named
from tests.banner.service import LINE, Service
from tests.scanner.own_host_site import LOADS, MOUNTS, events, page, serve_vendors, snippet
from tests.scanner.scan_site import ScanSite
from tests.scanner.websites import Sites

pytestmark = pytest.mark.extended

STATES = ("none", "reject", "accept", "withdraw")
MANNERS = ["blocker", "blocker that lets unknown hosts run", "marked"]


@pytest.fixture
def shop(sites: Sites) -> Sites:
    serve_vendors(sites)
    return sites


def leaking(audited: Audit) -> set[str]:
    """Return the host paths that an audit calls leaks, without what a library stores in the browser."""
    leaks = {one.sentence.split(" ")[0] for one in audited.findings if one.level == "leak"}
    return {name for name in leaks if "/" in name}


def site_document(sites: Sites) -> dict[str, Any]:
    return {"hosts": [sites.url("")], "tags": [], "vendors": []}


def promise(sites: Sites) -> Promise:
    """Return what the shop has published: each vendor as an in-page tag with its mounts."""
    tags = [{"vendor": vendor, "group": "analytics", "limited": None, "load": {}} for vendor in LOADS]
    hosts = {vendor: mount_entries(site_document(sites), {"mounts": mounts}) for vendor, mounts in MOUNTS.items()}  # type: ignore[arg-type, typeddict-item]
    cookies = [dict(cookie) | {"vendor": vendor} for vendor in LOADS for cookie in facts(vendor)["cookies"]]
    return Promise(
        "demo",
        ("www.site.localhost",),
        "Shop",
        tuple(tags),
        tuple({"id": vendor, "name": vendor, "hosts": hosts[vendor]} for vendor in LOADS),
        tuple(cookies),
        service="www.site.localhost",
    )


def facts(vendor: str) -> dict[str, Any]:
    document: dict[str, Any] = dict(load_catalog(VENDORS).vendor(vendor).document)
    return document


def with_our_script(sites: Sites, manner: str) -> None:
    """Serve the shop with our script and, except in the manner of marked tags, with the blocker."""
    service = Service(sites.port)
    tags = [{"id": vendor, "group": "analytics", "purposes": ["p"]} for vendor in LOADS]
    payload = make_payload(sites.url(""), tags=tags, day=int(time.time() // 86400))
    for vendor, mounts in MOUNTS.items():
        known, entries = facts(vendor), mount_entries(site_document(sites), {"mounts": mounts})  # type: ignore[arg-type, typeddict-item]
        consent = {"consent": known["consent"]} if "consent" in known else {}
        payload["acts"]["vendors"][vendor] = {"name": vendor, "hosts": entries, "revoke": known["revoke"], **consent}
        payload["acts"]["tags"][vendor] = {"type": "marked", "src": "", "attributes": {}, "calls": []}
    payload["acts"]["cookies"] = [
        named(cookie["name"], cookie["group"], vendor, cookie["kind"], cookie["pattern"])
        for vendor in LOADS
        for cookie in facts(vendor)["cookies"]
    ]
    service.payload = payload
    sites.scripts["/b/demo.js"] = service.script()
    held = " ".join(entry for one in payload["acts"]["vendors"].values() for entry in one["hosts"])
    unknown = {"unknown": "run"} if "unknown" in manner else {}
    head = LINE if manner == "marked" else blocker(hold=held, run="site.localhost *.site.localhost", **unknown) + LINE
    mark = "<script type='text/plain' data-consent='analytics' data-vendor='{}'>"
    marked = [snippet(vendor).replace("<script>", mark.format(vendor)) for vendor in LOADS]
    page(sites, "/", head, "".join(marked if manner == "marked" else map(snippet, LOADS)))


def test_without_our_script_the_audit_fails_with_the_right_names(shop: Sites, scan_in_shell: ScanSite) -> None:
    page(shop, "/", body="".join(map(snippet, LOADS)))
    result = scan_in_shell(shop.url("/"), states=("none",), pages=1)
    audited = audit(result, Promise())
    assert events(shop) == {*LOADS}
    assert audited.exit_code("leak") == 1
    assert {"www.site.localhost/metrics/", "www.site.localhost/ingest/", "www.site.localhost/api/event"} <= leaking(
        audited
    )
    assert any(name.startswith("www.site.localhost/stats/") for name in leaking(audited))
    ids = [one.sentence for one in audited.findings if "carried an ID of the visitor" in one.sentence]
    assert any(
        "Google tag, proxied on the site's own host" in sentence and sentence.endswith("cid.") for sentence in ids
    )
    assert any("received the value of the analytics cookie _ga" in one.sentence for one in audited.findings)
    line = audited.own_host.line
    assert line.startswith("own host: ")
    assert "0 not judged" in line
    assert line in list(text_lines(audited, "leak"))
    assert ElementTree.fromstring(as_junit(audited, "leak")).find("properties/property").get("value") == line  # type: ignore[union-attr]
    assert as_sarif(audited, "1")["runs"][0]["properties"]["ownHost"] == line  # type: ignore[index]
    assert as_json(audited, "leak")["own_host"]["line"] == line  # type: ignore[index]
    assert "cid=" not in json.dumps([one["own_host"] for one in result["visits"][0]["pages"]])


@pytest.mark.long
@pytest.mark.parametrize("manner", MANNERS)
def test_each_is_held_before_the_choice_and_after_it_is_rejected_or_withdrawn_and_runs_after_accept(
    shop: Sites, scan_in_shell: ScanSite, manner: str
) -> None:
    with_our_script(shop, manner)
    for state in STATES:
        shop.asked.clear()
        result = scan_in_shell(shop.url("/"), states=(state,), pages=1)
        came, audited = events(shop), audit(result, promise(shop))
        assert leaking(audited) == set(), state
        assert came == ({*LOADS} if state in ("accept", "withdraw") else set()), state
        assert not audited.blind


@pytest.mark.long
def test_a_script_that_the_html_names_is_fetched_ahead_and_does_not_run(shop: Sites, scan_in_shell: ScanSite) -> None:
    with_our_script(shop, "blocker")
    shop.pages["/"] = shop.pages["/"].replace(
        "</body>", "<script async src='/metrics/gtag/js?id=G-ABC1234567'></script></body>"
    )
    audited = audit(scan_in_shell(shop.url("/"), states=("none",), pages=1), promise(shop))
    assert leaking(audited) == set()
    ahead = [one for one in audited.findings if one.rule == "fetched-ahead"]
    assert [one.level for one in ahead] == ["skipped"]
    assert "/metrics/gtag/js was prefetched by the browser" in ahead[0].sentence


UNKNOWN = """<script>
const id = "0f3c1b52-7d1e-4c55-9a20-6b1f0d9e7a11";
navigator.sendBeacon("/b1", JSON.stringify({ visitor_id: id, url: location.href, referrer: "" }));
fetch("/b2", { method: "POST", body: JSON.stringify({ visitor_id: id, url: location.href, referrer: "" }) });
navigator.sendBeacon("/b3", new Uint8Array([1, 0, 255, 254]));
navigator.sendBeacon("/x4f2/" + "aB3_".repeat(12), "v");
fetch("/own", { method: "POST", body: JSON.stringify({ basket: [1, 2] }) });
</script>"""


def test_an_unknown_beacon_is_for_review_and_what_cannot_be_judged_is_counted_by_reason(
    shop: Sites, scan_in_shell: ScanSite
) -> None:
    page(shop, "/", body=UNKNOWN)
    result = scan_in_shell(shop.url("/"), states=("none",), pages=1)
    audited = audit(result, Promise())
    assert leaking(audited) == set()
    assert [one.sentence for one in audited.findings if one.level == "unknown"] == [
        "www.site.localhost/b1 was contacted before a choice, and its purpose is unknown."
    ]
    assert audited.own_host.not_judged == {"opaque": 1, "packed": 1, "alike": 1}
    (ok,) = [one.sentence for one in audited.findings if one.rule == "no-leak-before-choice"]
    assert ok.endswith("3 requests to the site's own host were not judged.")
    kept = [one for one in saved_items(result, Inventory(result), Promise()) if "/" in one.name]
    assert [(one.kind, one.name, one.group) for one in kept] == [("host", "www.site.localhost/b1", "unclassified")]


def test_what_workers_send_is_judged_and_a_shared_worker_is_counted(shop: Sites, scan_in_shell: ScanSite) -> None:
    hit = "fetch('/metrics/ag/g/c?v=2&tid=G-ABC1234567&cid=123456789.1234567890', {method: 'POST'})"
    shop.scripts["/sw.js"] = f"addEventListener('message', () => {hit})"
    shop.scripts["/w.js"] = hit.replace("G-ABC", "G-XYZ")
    shop.scripts["/shared.js"] = "onconnect = () => 0"
    register = (
        "navigator.serviceWorker.register('/sw.js').then(() => navigator.serviceWorker.ready)"
        ".then((found) => found.active.postMessage(1)); new Worker('/w.js'); new SharedWorker('/shared.js');"
    )
    page(shop, "/", body=f"<script>{register}</script>")
    result = scan_in_shell(f"http://127.0.0.1:{shop.port}/", states=("none",), pages=1, allow=("127.0.0.1",))
    (seen,) = result["visits"][0]["pages"]
    sent = [one for one in seen["own_host"] if one["what"] == "GA4 event"]
    assert [one["by"] for one in sent] == [["worker"], ["worker"]]
    assert [one["outcome"] for one in seen["own_host"] if one["kind"] == "worker"] == ["worker"]
    assert "127.0.0.1/metrics/" in leaking(audit(result, Promise()))
