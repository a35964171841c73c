"""The dashboard's files and headers: nothing from other hosts, nothing inline, and vendored files unchanged."""

import gzip
import hashlib
import re

from consent.web.static_files import static_folder
from tests.dashboard.client import Dashboard
from tests.dashboard.routes import FILES, FRAMES, dashboard_routes
from tests.dashboard.sample_data import RECEIPT

FOLDER = static_folder() / "dashboard"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

OTHER_PATHS = (
    *("/login", "/account", "/no/such/page"),
    *("/static/dashboard/app.css", "/static/dashboard/none.css?v=1", "/static/none"),
)
FRAMED = (
    *(f"/sites/demo/receipts/{RECEIPT}/banner", "/sites/demo/preview", "/sites/demo/banner"),
    "/sites/demo/experiment",
)


def test_vendored_files_are_those_of_the_lock_file() -> None:
    rows = re.findall(r"^\| (\S+) \|.*\| ([0-9a-f]{64}) \|$", (FOLDER / "vendor/VENDORED.md").read_text(), re.MULTILINE)
    assert len(rows) == 5
    for name, sha256 in rows:
        assert hashlib.sha256((FOLDER / "vendor" / name).read_bytes()).hexdigest() == sha256, name


def test_each_vendored_file_stands_in_the_lock_file_with_its_license() -> None:
    text = (FOLDER / "vendor/VENDORED.md").read_text()
    files = [path for path in (FOLDER / "vendor").iterdir() if path.is_file() and path.suffix != ".md"]
    assert all(f"| {path.name} |" in text for path in files)
    assert all((FOLDER / "vendor" / license).is_file() for license in re.findall(r"licenses/\S+\.txt", text))


def test_the_own_style_sheet_stays_small() -> None:
    assert (FOLDER / "app.css").stat().st_size <= 6000


def test_every_answer_carries_the_security_headers(dashboard: Dashboard) -> None:
    chief, nobody = dashboard.browser("chief"), dashboard.browser()
    routes = [route for route in dashboard_routes(dashboard.app) if route.method == "GET"]
    paths, frames = [route.path for route in routes], [route.path for route in routes if route.endpoint in FRAMES]
    for browser in (chief, nobody):
        for path in [
            *paths,
            "/login",
            "/account",
            "/static/dashboard/app.css",
            "/static/dashboard/none.css?v=1",
            "/no/such/page",
        ]:
            headers = browser.get(path).headers
            # Banner pages embed frames; the frames' own policy is checked in test_banner_replay.
            own = dict.fromkeys(FRAMED, f"{CSP}; frame-src 'self'") if browser is chief else {}
            own |= dict.fromkeys(frames, headers["Content-Security-Policy"]) if browser is chief else {}
            assert headers["Content-Security-Policy"] == own.get(path, CSP), path
            assert headers["X-Content-Type-Options"] == "nosniff", path
            assert headers["Referrer-Policy"] == "same-origin", path
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin", path
            assert "Strict-Transport-Security" not in headers
            if not path.startswith("/static/dashboard/app"):
                assert headers["Cache-Control"] == "no-store", path


def test_no_page_holds_a_script_a_style_or_an_address_of_elsewhere(dashboard: Dashboard) -> None:
    chief, own = dashboard.browser("chief"), dashboard.app.extensions["consent_dashboard"].base_url
    for route in dashboard_routes(dashboard.app):
        answer = chief.get(route.path) if route.method == "GET" else None
        if answer is None or answer.mimetype != "text/html" or route.endpoint in (*FILES, *FRAMES):
            continue
        assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|javascript:|hx-on", answer.text), str(
            route
        )
        sources = re.findall(r'(?:src|href|action|hx-(?:get|post))="(https?:[^"]*)"', answer.text)
        assert all('rel="noreferrer"' in answer.text for one in sources if not one.startswith(own)), str(route)
        assert not re.findall(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="https?:', answer.text), str(route)
        assert not re.search(r"&lt;(?:Macro|function|bound method|generator) ", answer.text), str(route)


def test_a_file_is_kept_for_a_year_under_the_mark_of_its_bytes_only(dashboard: Dashboard) -> None:
    browser = dashboard.browser()
    found = re.search(r'href="(/static/dashboard/app\.css\?v=[0-9a-f]{12})"', browser.get("/login").text)
    assert found
    assert "max-age=31536000" in browser.get(found[1]).headers["Cache-Control"]
    assert "max-age=31536000" not in browser.get("/static/dashboard/app.css").headers["Cache-Control"]


def test_a_file_carries_no_cookie_and_a_page_keeps_the_session_alive(dashboard: Dashboard) -> None:
    browser = dashboard.browser("viewer")
    assert "Set-Cookie" not in browser.get("/static/dashboard/app.css").headers
    assert "Set-Cookie" in browser.get("/sites/demo/tags").headers


def test_the_first_load_of_each_page_weighs_little(dashboard: Dashboard) -> None:
    """The page and everything it loads are under 60 kB as sent, with an empty cache.

    The chart library is fetched when a chart scrolls into view.
    """
    chief, sent = dashboard.browser("chief").client, {"Accept-Encoding": "gzip, deflate, br, zstd"}
    weights, files = {}, {}
    for route in dashboard_routes(dashboard.app):
        answer = chief.get(route.path, headers=sent, buffered=True) if route.method == "GET" else None
        if answer is None or answer.mimetype != "text/html":
            continue
        text = gzip.decompress(answer.data).decode() if answer.headers.get("Content-Encoding") else answer.text
        named = set(re.findall(r'(?:src|href)="(/static/dashboard/[\w./-]+)', text))
        files |= {name: len(chief.get(name, headers=sent, buffered=True).data) for name in named - files.keys()}
        weights[str(route)] = len(answer.data) + sum(files[name] for name in named)
    assert len(weights) > 40
    assert {route: weight for route, weight in weights.items() if weight >= 60_000} == {}


def test_a_browser_that_takes_no_compression_gets_the_plain_bytes(dashboard: Dashboard) -> None:
    browser, path = dashboard.browser().client, "/static/dashboard/app.css"
    plain = browser.get(path, buffered=True)
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["Vary"]
    packed = browser.get(path, headers={"Accept-Encoding": "gzip"}, buffered=True)
    assert gzip.decompress(packed.data) == plain.data == (FOLDER / "app.css").read_bytes()
    part = browser.get(path, headers={"Accept-Encoding": "gzip", "Range": "bytes=0-9"}, buffered=True)
    assert (part.status_code, part.data) == (206, plain.data[:10])
    for known in (plain.headers["ETag"], packed.headers["ETag"]):
        assert browser.get(path, headers={"If-None-Match": known}, buffered=True).status_code == 304


def test_the_length_of_a_page_reveals_nothing_about_its_content(dashboard: Dashboard) -> None:
    """Against BREACH: the same page has a different length each time."""
    browser = dashboard.browser("chief").client
    answers = [
        browser.get("/sites/demo/tags", headers={"Accept-Encoding": "br, gzip"}, buffered=True) for _ in range(8)
    ]
    assert {answer.headers["Content-Encoding"] for answer in answers} == {"gzip"}
    assert len({len(answer.data) for answer in answers}) > 1


def test_a_page_is_sent_plainly_to_a_browser_that_takes_only_brotli(dashboard: Dashboard) -> None:
    answer = dashboard.browser("chief").client.get("/sites/demo/tags", headers={"Accept-Encoding": "br"}, buffered=True)
    assert "Content-Encoding" not in answer.headers
    assert "<!doctype html>" in answer.text.lower()
