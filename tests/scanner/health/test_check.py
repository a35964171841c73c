"""*Check my site* without a browser: what pages and responses reveal, for each fault planted in them."""

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from consent.classifier.catalog import VENDORS, load_catalog
from consent.outbound.public_addresses import AllowList
from consent.runtime.embed_snippets import blocker_hash
from consent.scanner.browser.fetch import Answer
from consent.scanner.health.check import SiteCheck, _of_page
from consent.scanner.health.fetch_page import Fetched, SiteFetcher
from consent.scanner.health.html_checks import check_page, placement_of
from consent.scanner.health.html_elements import read_parts
from consent.scanner.health.page_tags import PageTags
from consent.scanner.health.response_checks import check_answer, check_cookie, check_names, check_policies
from consent.sites.health_report import ERROR, GOOD, NOTE, Finding, Placed
from tests.scanner.checked_shop import BLOCKER, KNOWN, LINES, PAGE, SERVICE, SUBJECT
from tests.scanner.snippets import SNIPPETS
from tests.scanner.websites import Sites, serving

GA = '<script async src="https://www.googletagmanager.com/gtag/js?id=G-ABCDE12345"></script>'
GTAG = "<script>window.dataLayer=[];function gtag(){dataLayer.push(arguments)}gtag('js',new Date())</script>"
GRANTS = "<script>gtag('consent','default',{ad_storage:'granted',analytics_storage:'granted'})</script>"
PIXEL = '<img src="https://www.facebook.com/tr?id=1" alt="">'
INLINE = "<script>!function(){var s='https://connect.facebook.net/en_US/fbevents.js'}()</script>"
FOOTER = LINES["footer"]
HOTJAR = "<script>h._hjSettings={hjid:1,hjsv:6};r.src='https://static.hotjar.com/c/hotjar-'+h._hjSettings.hjid</script>"
PARTYTOWN = INLINE.replace("<script>", '<script type="text/partytown">')
FONTS = '<link rel="stylesheet" href="https://fonts.googleapis.com/css?family=Lato">'
IMPORT = "<style>@import 'https://fonts.googleapis.com/css?family=Lato'</style>"
PRECONNECT = '<link rel="preconnect" href="https://connect.facebook.net">'
EMBED = '<embed src="https://www.youtube.com/v/1">'
OPTIMIZE = "<style>.async-hide { opacity: 0 !important }</style>"
WIDGET = '<script src="https://widget.unheard-of.example/w.js"></script>'
BUNDLE = '<script src="https://d123.cloudfront.net/app.js"></script>'
NEXT = '<script id="__NEXT_DATA__" type="application/json">{}</script>'
JQUERY = '<script src="https://code.jquery.com/jquery-3.7.1.min.js"></script>'
PLACED = Placed(LINES["script"], "", True, "")


def every(head: str, body: str = FOOTER, **facts: Any) -> list[Finding]:
    """Return all findings for a page."""
    html = f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"
    parts, subject = read_parts(PAGE, html), SUBJECT._replace(**facts)
    our_lines = placement_of(parts, subject)
    places = PageTags(KNOWN, PAGE, subject.hosts, {}).places(parts.parts, our_lines.line)
    return check_page(parts, our_lines, places, {}, KNOWN, subject)


def findings_of(head: str, body: str = FOOTER, **facts: Any) -> dict[str, Finding]:
    """Return a page's errors and notes, by check name."""
    return {one.check: one for one in every(head, body, **facts) if one.level in (ERROR, NOTE)}


def test_a_page_with_both_lines_first_has_nothing_to_fix() -> None:
    assert findings_of(LINES["head"]) == {}
    assert findings_of(LINES["line"]) == {}
    marked = f'{LINES["line"]}<script type="text/plain" data-consent="analytics" data-src="https://www.googletagmanager.com/gtag/js">'
    assert findings_of(marked + "</script>") == {}
    assert findings_of(LINES["head"], f"<noscript>{PIXEL}</noscript>{FOOTER}") == {}


@pytest.mark.parametrize(
    ("head", "body", "check", "level", "mended_by"),
    [
        ("", FOOTER, "line", ERROR, LINES["head"]),
        (f"<script>addEventListener('load',()=>add('{LINES['script']}'))</script>", FOOTER, "line", NOTE, LINES["head"]),
        (LINES["line"].replace("async", 'type="module"'), FOOTER, "line", ERROR, LINES["head"]),
        (LINES["line"] * 2, FOOTER, "line", NOTE, ""),
        (GA + LINES["head"], FOOTER, "order", NOTE, LINES["head"]),
        (GA.replace("async ", "") + LINES["head"], FOOTER, "order", ERROR, LINES["head"]),
        (GA + LINES["line"], FOOTER, "order", ERROR, LINES["head"]),
        (LINES["line"] + BLOCKER, FOOTER, "order", ERROR, LINES["head"]),
        ("", LINES["line"] + FOOTER, "order", NOTE, ""),
        (LINES["line"].replace(" src=", ' data-subject="" src='), FOOTER, "accounts", NOTE, ""),
        (LINES["line"].replace(" src=", ' data-subject="eyJ.e30.x" src='), FOOTER, "accounts", ERROR, ""),
        (LINES["line"] + GA, FOOTER, "unmarked", ERROR, LINES["head"]),
        (LINES["line"] + GA.replace("async", 'type="pmdelayedscript"'), FOOTER, "unmarked", ERROR, LINES["head"]),
        (LINES["head"] + HOTJAR, FOOTER, "unmarked", NOTE, ""),
        (LINES["head"], PIXEL + FOOTER, "unmarked", ERROR, '<img data-consent="advertising" data-src="https://www.facebook.com/tr?id=1">'),
        (LINES["head"] + PARTYTOWN, FOOTER, "unmarked", ERROR, '<script type="text/plain" data-consent="advertising">'),
        (LINES["head"].replace("code.jquery.com", "*.facebook.net") + INLINE, FOOTER, "unmarked", ERROR, LINES["head"]),
        (BLOCKER.replace("code.jquery.com", "") + LINES["line"], FOOTER, "blocker", NOTE, LINES["head"]),
        (LINES["head"] + FONTS, FOOTER, "unmarked", ERROR, f'<template data-consent="functional">{FONTS}</template>'),
        (LINES["head"] + IMPORT, FOOTER, "unmarked", ERROR, "https://fonts.googleapis.com/css?family=Lato"),
        (LINES["head"] + PRECONNECT, FOOTER, "ahead", NOTE, PRECONNECT),
        (LINES["head"], EMBED + FOOTER, "unmarked", ERROR, f'<template data-consent="advertising">{EMBED}</template>'),
        (LINES["head"] + OPTIMIZE, FOOTER, "flicker", NOTE, ""),
        (LINES["head"] + WIDGET, FOOTER, "unknown", NOTE, "widget.unheard-of.example"),
        (LINES["head"] + BUNDLE, FOOTER, "unknown", ERROR, "d123.cloudfront.net"),
        (LINES["head"] + BUNDLE.replace("d123.cloudfront.net", "a.github.io"), FOOTER, "unknown", ERROR, "a.github.io"),
        (LINES["line"] + BUNDLE, FOOTER, "unknown", NOTE, "d123.cloudfront.net"),
        (LINES["line"] + PIXEL, FOOTER, "unmarked", ERROR, '<img data-consent="advertising"'),
        (LINES["head"] + GA, NEXT + FOOTER, "framework", NOTE, ""),
        (LINES["line"] + GTAG, FOOTER, "consent_mode", ERROR, LINES["head"]),
        (LINES["head"] + GRANTS + GTAG, FOOTER, "consent_mode", ERROR, LINES["head"]),
        (LINES["line"] + '<script src="https://consent.cookiebot.com/uc.js"></script>', FOOTER, "other_tool", ERROR, ""),
        (LINES["line"], "", "footer", NOTE, FOOTER),
    ],
)  # fmt: skip
def test_each_problem_of_a_page_is_named_with_its_fix(
    head: str, body: str, check: str, level: str, mended_by: str
) -> None:
    found = findings_of(head, body)
    assert (found[check].level, mended_by in found[check].lines) == (level, True), found


def test_what_starts_another_tool_goes_first_and_with_its_choices_taken_over_it_can_wait() -> None:
    tool = '<script src="/klaro.js"></script><script>var klaroConfig = {services: []}</script>'
    found = findings_of(LINES["head"] + tool, FOOTER)["other_tool"]
    assert (
        found.lines
        == '<script>var klaroConfig = {services: []}</script>\n<script src="https://www.shop.example/klaro.js">'
    )
    assert "first choose it under Settings" in found.sentence
    staying = findings_of(LINES["head"] + tool, FOOTER, running_tool="klaro")["other_tool"]
    assert (staying.level, staying.lines, "Our banner stays hidden" in staying.sentence) == (NOTE, found.lines, True)
    gone = findings_of(LINES["head"], FOOTER, running_tool="klaro")["other_tool"]
    assert (gone.level, "choose “None”" in gone.sentence) == (NOTE, True)
    moving = findings_of(LINES["head"] + tool, FOOTER, old_tool="klaro")["other_tool"]
    assert (moving.level, moving.lines, "nobody sees two" in moving.sentence) == (NOTE, found.lines, True)


def test_a_line_that_only_a_script_adds_is_known_by_the_pages_that_ask() -> None:
    found = findings_of("", was_seen=True)["line"]
    assert (found.level, found.lines) == (NOTE, LINES["head"])


def test_what_the_blocker_holds_of_a_vendor_of_the_site_is_well() -> None:
    (found,) = [one for one in every(LINES["head"] + GA) if one.check == "unmarked"]
    assert (found.level, found.sentence) == (
        GOOD,
        "Google Analytics 4 is in the page, and is blocked until the visitor answers.",
    )


def test_what_is_marked_for_another_tool_waits_for_ever_unless_its_marks_are_taken() -> None:
    marked = HOTJAR.replace("<script>", '<script type="text/plain" data-cookieconsent="statistics">')
    (found,) = [one for one in every(LINES["head"] + marked) if one.check == "unmarked"]
    assert (found.level, found.lines) == (NOTE, '<script type="text/plain" data-consent="analytics">')
    (found,) = [one for one in every(LINES["head"] + marked, foreign_marks=True) if one.check == "unmarked"]
    assert (found.level, found.sentence) == (GOOD, "Hotjar is marked in the page, and waits.")


def test_reports_every_vendor_however_many_there_are() -> None:
    found = every(LINES["line"] + "".join(one.html for one in SNIPPETS.values()))
    told = {one.sentence.partition(" stands")[0] for one in found if one.check == "unmarked"}
    assert len(told) > 40


@pytest.mark.parametrize(("setting", "told"), [("hold", "is blocked and waits"), ("ask", "is blocked until you say")])
def test_reports_an_unknown_host_and_what_happens_to_it(setting: str, told: str) -> None:
    (found,) = [one for one in every(LINES["head"] + WIDGET, unknown_hosts=setting) if one.check == "unknown"]
    assert told in found.sentence
    (found,) = [one for one in every(LINES["head"] + WIDGET, asks=frozenset({"analytics"})) if one.check == "unknown"]
    assert (found.level, "no visitor can accept it" in found.sentence) == (ERROR, True)
    running = LINES["head"].replace("<script ", '<script data-unknown="run" ', 1)
    (found,) = [one for one in every(running + WIDGET, unknown_hosts="run") if one.check == "unknown"]
    assert "is unknown and runs, as set under Settings" in found.sentence
    head = LINES["head"].replace("code.jquery.com", "widget.unheard-of.example")
    allowed = every(head + WIDGET, allowed_hosts=("widget.unheard-of.example",))
    assert [(one.level, one.lines) for one in allowed if one.check == "unknown"] == [(GOOD, "")]


def test_recommends_removing_a_discontinued_product() -> None:
    ended = [
        one for one in every(LINES["head"] + SNIPPETS["Universal Analytics by gtag.js"].html) if one.check == "ended"
    ]
    assert [(one.level, one.sentence) for one in ended] == [
        (NOTE, "Google ended Universal Analytics on 2024-07-01: it does nothing for the site. Remove it.")
    ]
    assert ended[0].lines == '<script async src="https://www.googletagmanager.com/gtag/js?id=UA-12345-6">'
    assert not [one for one in every(LINES["head"] + GA) if one.check == "ended"]


def test_what_no_visitor_can_accept_is_a_fault_that_adding_it_mends() -> None:
    (found,) = [one for one in every(LINES["head"] + HOTJAR, asks=frozenset({"analytics"})) if one.check == "unmarked"]
    assert (found.level, "no visitor can accept it" in found.sentence) == (ERROR, True)
    nobody = findings_of(LINES["head"] + HOTJAR + INLINE + PRECONNECT, vendors=frozenset(), asks=frozenset())
    assert (nobody["question"].level, "unmarked" in nobody) == (ERROR, False)
    assert "blocked here: Hotjar, Meta Pixel. Press Add what was found, or" in nobody["question"].sentence
    for nothing_waits in (LINES["head"], LINES["line"] + HOTJAR):
        assert "question" not in findings_of(nothing_waits, asks=frozenset())


def test_a_vendor_that_the_owner_lets_run_is_no_fault() -> None:
    head = LINES["head"].replace("code.jquery.com", "*.hotjar.com")
    (found,) = [one for one in every(head + HOTJAR, allowed_hosts=("*.hotjar.com",)) if one.check == "unmarked"]
    assert (found.level, found.lines) == (NOTE, "*.hotjar.com")


def test_code_that_a_page_needs_is_never_a_fault() -> None:
    found = every(LINES["head"] + JQUERY)
    assert [one.sentence for one in found if one.check == "libraries"] == [
        "Code libraries that a page needs always run: jQuery."
    ]
    assert "jquery" not in "".join(one.lines for one in found if one.level == ERROR)


def import_map(imports: dict[str, str], **more: Any) -> str:
    return f'<script type="importmap">{json.dumps({"imports": imports, **more})}</script>'


def shadow(content: str, mode: str = "open") -> str:
    return f'<div><template shadowrootmode="{mode}">{content}</template></div>'


PIXEL_JS = {"pixel": "https://connect.facebook.net/en_US/fbevents.js"}
MODULE = '<script type="module">import "pixel"</script>'
MARKED_MODULE = MODULE.replace("module", "text/plain", 1).replace(
    ">", ' data-type="module" data-consent="advertising">', 1
)


@pytest.mark.parametrize(
    "scopes",
    [
        import_map(PIXEL_JS) + MODULE,
        import_map({}, scopes={"/a/": PIXEL_JS}),
        MODULE + import_map(PIXEL_JS) + MARKED_MODULE,
    ],
)
def test_a_vendor_in_an_import_map_is_a_fault_that_marking_its_importers_mends(scopes: str) -> None:
    for head in (LINES["head"] + scopes, scopes + LINES["head"], LINES["line"] + scopes):
        found = findings_of(head)
        assert set(found) == {"unmarked"}
        assert found["unmarked"].sentence == (
            "Meta Pixel is in the import map of the page, so a module that imports it by its name loads it without a choice."
            " Mark each script that does:"
        )
        mended_by = '<script type="text/plain" data-type="module" data-consent="advertising">'
        assert (found["unmarked"].level, found["unmarked"].lines) == (ERROR, mended_by)
    assert findings_of(LINES["head"] + import_map(PIXEL_JS) + MARKED_MODULE) == {}


def test_an_import_map_of_the_sites_own_code_and_libraries_is_no_fault() -> None:
    own = {"app/": "/app/", "vue": "https://esm.sh/vue@3", "odd": "https://[", "broken": "//"}
    assert findings_of(LINES["head"] + import_map(own, scopes=[], integrity={"/app/x.js": "sha384-x"})) == {}
    for broken in ("", "{", "[]", '{"imports": 1}', "[" * 100_000, '{"scopes": {"/": null}}'):
        assert findings_of(f'{LINES["head"]}<script type="importmap">{broken}</script>') == {}


def test_unknown_hosts_that_the_blocker_cannot_reach_are_told() -> None:
    mapped = import_map({"widget/": "//widget.unheard-of.example/"})
    for html, told in (
        (mapped, "in the import map of the page"),
        (shadow(WIDGET), "inside a <template shadowrootmode>"),
    ):
        found = findings_of(LINES["head"], html + WIDGET + FOOTER)["unknown"]
        assert (found.level, found.lines, told in found.sentence) == (NOTE, "widget.unheard-of.example", True)
        allowed = every(LINES["head"], html + FOOTER, allowed_hosts=("widget.unheard-of.example",))
        assert [one.level for one in allowed if one.check == "unknown"] == [GOOD]


@pytest.mark.parametrize(
    ("content", "mended_by"),
    [
        (GA, f'data-consent="analytics" data-vendor="google-analytics" data-src="{GA.split(chr(34))[1]}"></script>'),
        (GA.replace("async", "type='module'"), '<script type="text/plain" data-type="module" data-consent="analytics"'),
        (
            "<iframe src='https://www.youtube.com/embed/1'></iframe>",
            '<iframe data-consent="advertising" data-src="https',
        ),
        (PIXEL, '<img data-consent="advertising" data-src="https://www.facebook.com/tr?id=1">'),
        (EMBED, f'<template data-consent="advertising">{EMBED}</template>'),
        (shadow(PIXEL, "CLOSED"), '<img data-consent="advertising" data-src="https://www.facebook.com/tr?id=1">'),
        (
            "<script type='module'>import 'https://connect.facebook.net/en_US/fbevents.js'</script>",
            ' data-type="module" ',
        ),
    ],
)
def test_a_vendor_in_a_shadow_tree_of_the_html_is_a_fault(content: str, mended_by: str) -> None:
    for head, body in (
        (LINES["head"], shadow(content)),
        ("", shadow(content) + LINES["head"]),
        (LINES["line"], shadow(content)),
    ):
        found = findings_of(head, body + FOOTER)["unmarked"]
        assert found.sentence.endswith(
            " is inside a <template shadowrootmode> and loads without a choice, because nothing can block it there."
            " Move it out of that template:"
        )
        assert (found.level, mended_by in found.lines) == (ERROR, True), found.lines


def test_what_is_marked_in_a_shadow_tree_is_told_to_move() -> None:
    marked = PIXEL.replace(" src=", ' data-consent="advertising" data-src=')
    found = findings_of(LINES["head"], shadow(marked) + FOOTER)["unmarked"]
    assert (found.level, "marked content is never released" in found.sentence) == (NOTE, True)


def test_only_shadow_trees_load_what_is_in_a_template() -> None:
    for inert in (
        f"<template>{shadow(PIXEL)}{PIXEL}</template>",
        shadow(PIXEL, "none"),
        f"<noscript>{shadow(PIXEL)}</noscript>",
    ):
        assert findings_of(LINES["head"], inert + FOOTER) == {}
    assert findings_of(LINES["head"], f"{shadow(f'<template>{PIXEL}</template>')}</template>{FOOTER}") == {}
    assert "footer" in findings_of(LINES["head"], shadow(FOOTER))
    # What inline code in it adds to the page, the blocker holds.
    (held,) = [one for one in every(LINES["head"], shadow(GTAG + HOTJAR) + FOOTER) if "Hotjar" in one.sentence]
    assert "is in the page and blocked" in held.sentence


def test_all_that_stands_above_the_blocker_has_run_before_it() -> None:
    (found,) = [one for one in every(HOTJAR + INLINE + GA + LINES["head"]) if one.check == "order"]
    assert found.sentence.startswith(
        "Above the blocker, so nothing can block it: Hotjar, Meta Pixel, Google Analytics 4."
    )


@pytest.mark.parametrize(
    ("policy", "mended_by"),
    [
        ("default-src 'self'", [f"default-src 'self' {SERVICE} {blocker_hash()}", f"connect-src 'self' {SERVICE}"]),
        ("script-src 'nonce-x' 'strict-dynamic'", ['<script async nonce="NONCE" src="https://consent.']),
        (f"script-src {SERVICE}", [f"script-src {SERVICE} {blocker_hash()}"]),
        (f"script-src {SERVICE}/b/ {blocker_hash()}; connect-src 'none'", [f"connect-src {SERVICE}"]),
        (f"script-src https: {blocker_hash()}; connect-src *", []),
        (f"script-src *.example.com 'unsafe-inline'; connect-src {SERVICE}", []),
        ("img-src 'self'", []),
    ],
)  # fmt: skip
def test_a_policy_that_refuses_the_banner_is_mended_by_a_directive(policy: str, mended_by: list[str]) -> None:
    page = Answer(200, {"content-security-policy": policy}, b"")
    faults = [one for one in check_policies(read_parts(PAGE, ""), page, PLACED, SUBJECT) if one.level == ERROR]
    assert len(faults) == len(mended_by)
    for fault, wanted in zip(faults, mended_by, strict=True):
        assert wanted in fault.lines
    meta = read_parts(PAGE, f'<meta http-equiv="Content-Security-Policy" content="{policy}">')
    again = [one for one in check_policies(meta, Answer(200, {}, b""), PLACED, SUBJECT) if one.level == ERROR]
    assert again == faults


def test_nonces_of_line_and_blocker_satisfy_a_strict_policy() -> None:
    page = Answer(200, {"content-security-policy": "script-src 'nonce-abc' 'strict-dynamic'"}, b"")
    placed = Placed(LINES["script"], "abc", True, "abc")
    assert [one.level for one in check_policies(read_parts(PAGE, ""), page, placed, SUBJECT)] == ["good"]


KEPT = {"content-type": "text/javascript", "cache-control": "private, no-cache", "vary": "Accept-Encoding, Sec-GPC"}


@pytest.mark.parametrize(
    ("status", "headers", "check", "said"),
    [
        (200, {}, "cache", "its own cache headers"),
        (200, {"age": "12"}, "cache", "stores the script"),
        (200, {"cf-cache-status": "HIT"}, "cache", "stores the script"),
        (200, {"cache-control": "public, max-age=86400"}, "cache", "changed the script's Cache-Control"),
        (200, {"cache-control": "private, max-age=300"}, "cache", "its own cache headers"),
        (200, {"vary": "Accept-Encoding"}, "cache", "removed a header"),
        (404, {"content-type": "application/json"}, "script", "Nothing is published"),
        (200, {"content-type": "text/html"}, "script", "instead of the script"),
    ],
)
def test_what_is_on_the_way_of_the_script_shows_in_its_headers(
    status: int, headers: dict[str, str], check: str, said: str
) -> None:
    answer = Fetched(LINES["script"], Answer(status, KEPT | headers, b""))
    (found,) = check_answer(answer, SUBJECT)
    assert found.check == check
    assert said in found.sentence


def test_reports_names_that_content_blockers_look_for() -> None:
    assert [one.level for one in check_names("https://www.shop.example/consent/b/shop.js")] == ["good"]
    (found,) = check_names("https://www.shop.example/cookie-consent/b/shop.js")
    assert (found.level, found.lines) == (NOTE, "https://www.shop.example/c1/b/shop.js")


def test_safari_and_several_hosts_are_told() -> None:
    (found,) = check_cookie(LINES["script"], PAGE, SUBJECT)
    assert found.sentence.startswith("7 days in Safari")
    assert found.lines == LINES["own_line"]
    other = SUBJECT._replace(scope="other.example")
    assert [one.level for one in check_cookie(PAGE + "b/shop.js", PAGE, other)] == [ERROR]
    two = SUBJECT._replace(hosts=["https://www.shop.example", "https://blog.shop.example"])
    found = list(check_cookie(PAGE + "consent/b/shop.js", PAGE, two))[-1]
    assert (found.level, found.lines) == (NOTE, "shop.example")
    assert [
        one.level for one in check_cookie(PAGE + "consent/b/shop.js", PAGE, two._replace(scope="shop.example"))
    ] == ["good"]


@pytest.mark.parametrize(
    ("url", "answer", "check"),
    [
        ("http://www.shop.example/", Answer(200, {"content-type": "text/html"}, b""), "tls"),
        ("https://elsewhere.example/", None, "hosts"),
        (PAGE, Answer(500, {"content-type": "text/html"}, b""), "page"),
        (PAGE, Answer(200, {"content-type": "application/pdf"}, b""), "page"),
        (PAGE, None, "page"),
    ],
)
def test_a_page_that_cannot_be_checked_gets_a_reason(url: str, answer: Answer | None, check: str) -> None:
    subject = SUBJECT._replace(hosts=["https://www.shop.example", "http://www.shop.example"])
    (found,) = _of_page(Fetched(url, answer, "It hangs."), subject)
    assert found.check == check


@pytest.fixture(scope="module")
def sites() -> Any:
    with serving() as running:
        yield running


def run_in_thread(work: Callable[[], Any]) -> Any:
    """Run `work` in another thread: a browser that tests share may have a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def fetched(sites: Sites, url: str, *, allowed: bool = True) -> Fetched:
    entries = (f"*.localhost:{sites.port}",) if allowed else ()
    return run_in_thread(lambda: asyncio.run(SiteFetcher({"www.site.localhost"}, AllowList(entries)).fetch(url)))


def test_it_asks_no_other_host_and_no_private_address_that_nobody_has_allowed(sites: Sites) -> None:
    sites.page("/", "hello")
    inner = sites.url("/secret", host="inner.localhost")
    sites.acts["/away"] = lambda handler: handler.answer("", "text/html", [("Location", inner)], 302)
    answer = fetched(sites, sites.url("/")).answer
    assert answer
    assert b"hello" in answer.body
    assert "it is not an address of this site" in fetched(sites, inner).problem
    assert "it is not an address of this site" in fetched(sites, sites.url("/away")).problem
    before = list(sites.asked)
    assert "only 80 and 443" in fetched(sites, sites.url("/"), allowed=False).problem
    assert "not on the public Internet" in fetched(sites, "http://www.site.localhost/", allowed=False).problem
    assert sites.asked == before
    assert not any("secret" in asked for asked in sites.asked)


def test_a_site_without_tls_is_a_reason_of_its_own(sites: Sites) -> None:
    problem = fetched(sites, sites.url("/").replace("http:", "https:")).problem
    assert problem.startswith("www.site.localhost does not answer over https.")


def test_a_page_that_leads_to_an_address_that_is_not_the_sites_is_a_fault(sites: Sites) -> None:
    hosts = [f"http://www.site.localhost:{sites.port}"]
    check = SiteCheck(load_catalog(VENDORS), hosts[0], (f"www.site.localhost:{sites.port}",))
    (found,) = run_in_thread(lambda: check(SUBJECT._replace(hosts=["https://other.example"]), sites.url("/"))).findings
    assert (found.check, found.lines) == ("hosts", hosts[0])


def test_its_script_fetch_is_marked(sites: Sites) -> None:
    service, came = f"http://www.site.localhost:{sites.port}", []
    line = f'<script async src="{service}/b/shop.js"></script>'
    sites.page("/lined", line)
    sites.acts["/b/shop.js"] = lambda handler: (
        came.append(handler.headers["Consent-Check"]),
        handler.answer("", "text/javascript"),
    )
    check = SiteCheck(load_catalog(VENDORS), service, (f"www.site.localhost:{sites.port}",))
    run_in_thread(lambda: check(SUBJECT._replace(hosts=[service]), sites.url("/lined")))
    assert came == ["1"]
