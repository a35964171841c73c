"""The lines for a website: what they are, whether pages already fetch the script, and the steps on each platform."""

import html
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from consent.app import load_artifacts, load_rules
from consent.dashboard.sites.guides import GUIDES, filled
from consent.publishing.publish import publish
from consent.runtime.embed_snippets import UPSTREAM, blocker_hash, gpp_stub, lines_of, source_hash, tcf_stub
from consent.signing.receipt_claims import Signer
from consent.sites.cookie_domain import cookie_reach
from consent.sites.health_report import Finding, Health
from consent.storage.maintenance.bulk_insert import load_receipts
from consent.storage.scans import site_checks
from consent.storage.scans.site_checks import StoredCheck
from consent.storage.sites import script_fetches, sites
from consent.storage.sites.script_fetches import Fetch
from tests.audit_authors import author_of
from tests.code_guards import guard_of
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import NOW, make_receipt

DOCS = Path(__file__).parents[3] / "docs" / "guides.md"
SHOP = {"hosts": ["https://www.shop.example"], "tags": [], "vendors": [], "overrides": {}}
TOLD = 'data-run="…" data-hold="…"'
EXAMPLE = lines_of("shop", "https://consent.example.com", SHOP) | {"blocker_code": "…", "blocker_attributes": TOLD}
EXAMPLE |= {"gpp_stub": "<script>…</script>", "tcf_stub": "<script>…</script>"}
EXAMPLE["head"] = f"<script {TOLD}>…</script>\n{EXAMPLE['line']}"
"""The lines as in the docs, which shorten them; the dashboard shows them in full."""


def test_the_status_turns_from_waiting_to_live_only_by_real_fetches(dashboard: Dashboard) -> None:
    viewer = dashboard.browser("viewer")
    assert "No page has loaded it yet." in viewer.get("/sites/demo/install").text
    part = viewer.get("/sites/demo/install/seen").text
    assert 'hx-trigger="every 2s"' in part
    origin = dashboard.draft()["hosts"][0]
    with dashboard.engine.begin() as connection:
        script_fetches.save(connection, [Fetch(1, origin, "sha256:" + "0" * 64, NOW - 9, NOW - 2)])
    assert "Seen 2 s ago" in viewer.get("/sites/demo/install/seen").text


def test_reports_a_page_that_asks_before_the_first_publish(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    with dashboard.engine.begin() as connection:
        script_fetches.save(connection, [Fetch(2, "", "", NOW - 9, NOW - 3)])
    part = chief.get("/sites/other/install/seen").text
    assert "A page requested the script 3 s ago" in part
    assert "/sites/other/publish" in part


HOSTILE = (
    "javascript:alert(1)",
    "http://127.0.0.1/",
    "https://other.example/",
    "https://other.example.evil.example/",
    "x" * 700,
    "",
)


def test_a_check_requests_only_addresses_of_the_site(dashboard: Dashboard) -> None:
    asked: list[str] = []
    dashboard.set_scans(check_site=lambda _subject, url: asked.append(url))
    marketing = dashboard.browser("marketing")
    for url in HOSTILE:
        answer = marketing.post("/sites/demo/check", {"url": url})
        assert (answer.status_code, 'id="fault-url"' in answer.text) == (422, True), url
    assert asked == []


def test_findings_of_a_check_are_shown_as_text(dashboard: Dashboard) -> None:
    evil = "<script>alert(1)</script>"
    found = Health(evil, [Finding("order", "fault", evil, evil), Finding("csp", "good", "Well.")], [])
    dashboard.set_scans(check_site=lambda _subject, _url: found)
    page = dashboard.browser("marketing").post("/sites/demo/check", {"url": dashboard.draft()["hosts"][0] + "/"}).text
    assert evil not in page
    assert "1 issue to fix" in page


def test_a_browser_looks_once_the_page_is_shown_and_its_findings_take_their_place(dashboard: Dashboard) -> None:
    looks = {
        name: Health("https://x.example/", [Finding("line", "good", f"Seen {name}.")], []) for name in ("plain", "real")
    }
    dashboard.set_scans(
        check_site=lambda _subject, _url: looks["plain"],
        check_in_browser=lambda _subject, _url: looks["real"],
    )
    marketing, form = dashboard.browser("marketing"), {"url": dashboard.draft()["hosts"][0] + "/"}
    plain = marketing.post("/sites/demo/check", form).text
    assert "Seen plain." in plain
    assert 'hx-trigger="load" hx-target="#looked"' in plain
    real = marketing.post("/sites/demo/check", form | {"browser": "1"}).text
    assert "Seen real." in real
    assert 'hx-trigger="load"' not in real


def test_lines_that_mend_several_faults_are_shown_once(dashboard: Dashboard) -> None:
    faults = [
        Finding(name, "fault", "It is wrong. Put this first:", "THE LINES") for name in ("line", "unmarked", "order")
    ]
    found = Health("https://www.shop.example/", faults, [])
    dashboard.set_scans(check_site=lambda _subject, _url: found)
    page = dashboard.browser("marketing").post("/sites/demo/check", {"url": dashboard.draft()["hosts"][0] + "/"}).text
    assert (page.count(">THE LINES<"), page.count("It is wrong. Paste the lines above first.")) == (1, 2)
    assert page.count("Put this first:") == 1


def test_a_banner_that_asks_nothing_is_reported_with_the_fix(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    assert "Without a tag that needs consent the banner won't show" in html.unescape(
        chief.get("/sites/other/install").text
    )
    assert "The banner won't show" not in chief.get("/sites/demo/install").text
    draft = dashboard.draft()
    _save(dashboard, draft | {"tags": [tag for tag in draft["tags"] if tag["group"] == "essential"]})
    author, guard = author_of(dashboard.folder, "command line"), guard_of(dashboard.folder)
    publish(dashboard.engine, "demo", load_rules(), load_artifacts(), guard, author)
    page = chief.get("/sites/demo/install").text
    assert "The banner won't show." in page
    assert re.search(
        r'href="/sites/demo/check">Check the site</a>, press <em>Add what was found</em>, and publish', page
    )
    assert "press <em>Add what was found" not in dashboard.browser("viewer").get("/sites/demo/install").text
    _save(dashboard, draft)
    assert 'The draft has one: <a href="/sites/demo/publish">publish it' in chief.get("/sites/demo/install").text


def _save(dashboard: Dashboard, draft: dict[str, Any]) -> None:
    with dashboard.engine.begin() as connection:
        site = sites.by_key(connection, "demo")
        assert site
        sites.save_draft(connection, site.id, json.dumps(draft), sites.read_draft(connection, site.id).revision)


def test_the_lines_are_the_blocker_with_its_hash_and_the_line(dashboard: Dashboard) -> None:
    page = html.unescape(dashboard.browser("viewer").get("/sites/demo/install").text)
    for name in ("head", "footer", "declaration"):
        assert lines_of("demo", "http://127.0.0.1:8000", dashboard.draft())[name] in page
    assert blocker_hash() in page


def test_the_stub_of_gpp_stands_between_the_lines_where_the_site_sends_it(dashboard: Dashboard) -> None:
    viewer = dashboard.browser("viewer")
    assert gpp_stub() not in html.unescape(viewer.get("/sites/demo/install").text)
    draft = dashboard.draft()
    draft["overrides"] |= {"sends": ["gpp"], "gpp": {"approach": "national", "mspa": "none", "sensitive": []}}
    _save(dashboard, draft)
    page = html.unescape(viewer.get("/sites/demo/install").text)
    lines = lines_of("demo", "http://127.0.0.1:8000", draft)
    assert lines["head"] == f"{lines['blocker']}\n<script>{gpp_stub()}</script>\n{lines['line']}"
    assert lines["head"] in page
    assert source_hash(gpp_stub()) in page
    draft["overrides"]["sends"] = ["gpp", "tcf"]
    _save(dashboard, draft)
    both = f"{gpp_stub()};{tcf_stub()}"
    page = html.unescape(viewer.get("/sites/demo/install").text)
    assert f"<script>{both}</script>\n{lines['line']}" in page
    assert source_hash(both) in page
    assert len(both) <= 1800


@pytest.mark.parametrize(
    ("service", "hosts", "scope", "reach"),
    [
        ("https://www.shop.example/consent", ["https://www.shop.example"], "host", "own"),
        ("https://consent.shop.example", ["https://www.shop.example"], "shop.example", "parent"),
        ("https://consent.shop.example", ["https://www.shop.example"], "host", "sibling"),
        ("https://consent.example.com", ["https://www.shop.example"], "host", "foreign"),
        ("https://a.github.io", ["https://b.github.io"], "host", "foreign"),
        ("https://consent.shop.example", ["https://www.shop.example", "https://other.example"], "host", "foreign"),
    ],
)
def test_safari_is_named_where_the_cookie_cannot_be_the_sites_own(
    service: str, hosts: list[str], scope: str, reach: str
) -> None:
    assert cookie_reach(service, hosts, scope) == reach


def test_a_site_with_a_third_party_service_is_warned_about_the_seven_day_limit(dashboard: Dashboard) -> None:
    assert "7 days in Safari" in dashboard.browser("chief").get("/sites/other/install").text


def test_a_path_of_the_websites_own_host_has_lines_of_its_own(dashboard: Dashboard) -> None:
    page = html.unescape(dashboard.browser("chief").get("/sites/other/install?path=own").text)
    assert '<script async src="/consent/b/other.js"></script>' in page
    assert '<script async src="/consent/c/other.js"></script>' in page
    assert "7 days in Safari" not in page


def test_the_answer_on_googles_ads_says_what_they_need(dashboard: Dashboard) -> None:
    viewer = dashboard.browser("viewer")
    assert "What Google's ads need" not in viewer.get("/sites/other/install?google=0").text
    assert "IAB's TCF" in html.unescape(viewer.get("/sites/demo/install?google=1").text)


def test_the_docs_have_every_step_of_every_guide() -> None:
    text = DOCS.read_text("utf-8")
    for guide in GUIDES:
        section = text.split(f"\n## {guide.name}\n", 1)[1].split("\n## ", 1)[0]
        prose = " ".join(section.split())
        # The docs split the attributes of a long tag over several lines.
        lines = re.sub(r"\n  (?=data-|async src=)", " ", section)
        for step in filled(guide, EXAMPLE | {"upstream": UPSTREAM}).steps:
            assert " ".join(step.text.split()) in prose
            assert step.lines in lines
            assert not re.search("@[a-z_]+@", step.lines)


def test_a_guide_that_is_not_there_is_a_404(dashboard: Dashboard) -> None:
    assert dashboard.browser("viewer").get("/sites/demo/install/myspace").status_code == 404


def test_the_steps_of_a_new_site_are_listed_until_its_first_receipt(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    assert 'id="steps"' not in chief.get("/sites/demo/install").text + chief.get("/sites/demo/").text
    for path in ("/sites/other/", "/sites/other/install"):
        steps = _steps(chief.get(path).text)
        assert steps == ["To do"] * 5, path
    with dashboard.engine.begin() as connection:
        site = sites.by_key(connection, "other")
        assert site
        facts = dashboard.draft()["controller"]
        revision = sites.read_draft(connection, site.id).revision
        sites.save_draft(connection, site.id, json.dumps(dashboard.draft("other") | {"controller": facts}), revision)
    chief.post("/sites/other/tags/new/google-analytics/ga4", {"measurement_id": "G-ABC1234567"})
    author, guard = author_of(dashboard.folder, "command line"), guard_of(dashboard.folder)
    publish(dashboard.engine, "other", load_rules(), load_artifacts(), guard, author)
    page = chief.get("/sites/other/").text
    assert _steps(page) == ["Done", "Done", "Done", "To do", "To do"]
    assert "No page has loaded the script yet." in page
    assert "Nothing to do." not in page
    with dashboard.engine.begin() as connection:
        script_fetches.save(connection, [Fetch(site.id, "", "sha256:" + "0" * 64, NOW - 9, NOW - 2)])
    assert _steps(chief.get("/sites/other/install").text) == ["Done"] * 4 + ["To do"]
    for findings, state in (([["footer", "note", "No place.", ""]], "To do"), ([], "Done")):
        with dashboard.engine.begin() as connection:
            check = StoredCheck("https://other.example/", NOW, [], report={"findings": findings, "colors": []})
            site_checks.save(connection, site.id, check)
        assert _steps(chief.get("/sites/other/install").text) == ["Done"] * 4 + [state, "To do"]
    with dashboard.engine.begin() as connection:
        signer = Signer(dashboard.keys.receipt)
        load_receipts(connection, [replace(make_receipt(signer, site.id, "sha256:1", 200), time=NOW - 60)])
    assert 'id="steps"' not in chief.get("/sites/other/install").text + chief.get("/sites/other/").text


def _steps(page: str) -> list[str]:
    """Return the state of each step."""
    return re.findall(r'<li><span class="badge \w+">([\w ]+)</span>', page.split('id="steps"')[1].split("</ul>")[0])
