"""A page's policy follows what its visitor allows: with the middleware, and with a web server's map."""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from flask import Flask, Response, request
from werkzeug.test import Client, EnvironBuilder

from consent.cli import main
from consent.core.rules import Place
from consent.csp import ConsentPages
from consent.csp import middleware as ask
from consent.csp.middleware import parse
from consent.runtime.csp_policy_map import policy_cases
from tests.api.shop import Shop, open_shop
from tests.csp.consent_cookie import cookie

pytestmark = pytest.mark.app

SERVICE = "https://consent.example.com"
CSP, ONLY = "Content-Security-Policy", "Content-Security-Policy-Report-Only"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Open one shop for all tests: nothing here writes."""
    opened = open_shop(tmp_path_factory.mktemp("csp"))
    yield opened
    opened.service.close()


@pytest.fixture
def through(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Let the middleware reach the shop's service without a network; a visitor's address selects their place."""

    class Opened:
        def __init__(self, body: bytes) -> None:
            self.read = lambda *_: body

        def __enter__(self) -> "Opened":
            return self

        def __exit__(self, *_: object) -> None:
            pass

    def urlopen(request: Any, timeout: float) -> Opened:
        parts = urlsplit(request.full_url)
        headers = {**dict(request.header_items())}
        country, _, subdivision = headers.pop("X-visitor-address", "").partition("-")
        told = f"{parts.query}&country={country}&subdivision={subdivision}"
        answer = shop.client.get(f"{parts.path}?{told}", headers=headers)
        if answer.status_code != 200:
            raise OSError(answer.status)
        return Opened(answer.data)

    monkeypatch.setattr(ask, "urlopen", urlopen)
    return shop


def site(shop: Shop, place: str = "DE", **settings: Any) -> Client:
    app = Flask("site")

    @app.get("/")
    def home() -> str:
        return "<h1>shop</h1>"

    @app.get("/own")
    def own() -> Response:
        return Response(
            "<h1>own</h1>", headers={CSP: "default-src 'self' cdn.example; script-src 'nonce-abc'; img-src 'none'"}
        )

    @app.get("/data")
    def data() -> dict[str, int]:
        return {"a": 1}

    @app.get("/elsewhere")
    def elsewhere() -> Response:
        return Response("<p>moved", status=302, headers={"Location": "/"})

    facts = {"token": shop.token("decide").removeprefix("Bearer "), "visitor_address": lambda _: place} | settings
    app.wsgi_app = ConsentPages(SERVICE, "shop", **facts).wsgi(app.wsgi_app)  # type: ignore[method-assign]
    return Client(app, use_cookies=False)


def sources(policy: str | None, directive: str = "default-src") -> list[str]:
    assert policy
    found = [source for source in parse(policy)[directive] if source.startswith("https:")]
    return [source for source in found if ".example" in source and source != SERVICE]


def policy_of(client: Client, path: str = "/", header: str = CSP, **headers: str) -> str:
    return client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()}).headers[header]


def test_before_a_choice_only_what_is_essential_may_load_and_after_it_what_was_granted(through: Shop) -> None:
    client = site(through)
    assert sources(policy_of(client)) == ["https://session.example"]
    chosen = f"other=1; consent_shop={cookie(through, '010')}"
    assert sources(policy_of(client, Cookie=chosen)) == ["https://ga.example", "https://session.example"]
    vendor = f"consent_shop={cookie(through, '010', {'ga': False, 'ads': True})}"
    assert sources(policy_of(client, Cookie=vendor)) == ["https://ads.example", "https://session.example"]


def test_the_place_and_the_signal_count(through: Shop) -> None:
    american = site(through, "US-CA")
    assert "https://ads.example" in sources(policy_of(american))
    assert sources(policy_of(american, Sec_GPC="1")) == [
        f"https://{name}.example" for name in ("chat", "ga", "session")
    ]


def test_without_the_service_no_third_party_may_load(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(ask, "urlopen", away)
    answer = site(shop).get("/", headers={"Cookie": f"consent_shop={cookie(shop, '111')}"})
    assert (answer.status_code, sources(answer.headers[CSP])) == (200, [])


def test_an_invalid_token_allows_nothing(through: Shop) -> None:
    assert sources(policy_of(site(through, token="cst_wrong"))) == []


def test_keeps_and_extends_the_policy_of_the_page(through: Shop) -> None:
    policy = parse(policy_of(site(through), "/own"))
    added = [SERVICE, "https://session.example"]
    sockets = [one.replace("https", "wss") for one in added]
    assert policy["default-src"] == ["'self'", "cdn.example", *added, *sockets]
    assert policy["script-src"] == ["'nonce-abc'", *added]
    assert policy["img-src"] == added
    assert "connect-src" not in policy


def test_two_policies_of_a_page_do_not_take_what_the_other_allows(through: Shop) -> None:
    def app(_: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        two = [(CSP, "script-src 'nonce-abc'"), (CSP, "frame-ancestors 'none'")]
        start_response("200 OK", [("Content-Type", "text/html"), *two])
        return [b""]

    wrapped = ConsentPages(SERVICE, "shop", "none").wsgi(app)
    scripts = [parse(policy).get("script-src") for policy in Client(wrapped).get("/").headers.getlist(CSP)]
    assert scripts == [["'nonce-abc'", SERVICE], None]


def test_report_only_refuses_nothing_and_names_where_to_report(through: Shop) -> None:
    answer = site(through, report_only=True).get("/")
    assert CSP not in answer.headers
    reports = f"{SERVICE}/api/v1/sites/shop/csp-reports"
    policy = parse(answer.headers[ONLY])
    assert (policy["report-uri"], policy["report-to"]) == ([reports], ["consent"])
    assert answer.headers["Reporting-Endpoints"] == f'consent="{reports}"'
    assert "Cookie" in answer.headers["Vary"]


def test_reports_alone_are_of_what_the_page_enforces_and_leave_its_own_reports_to_it(through: Shop) -> None:
    own = "default-src 'self' cdn.example; script-src 'nonce-abc'; report-uri /own"

    def app(_: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/html"), (CSP, own), (ONLY, "img-src 'none'")])
        return [b""]

    wrapped = ConsentPages(SERVICE, "shop", "none", report_only=True).wsgi(app)
    headers = Client(wrapped).get("/").headers
    first, ours = headers.getlist(ONLY)
    assert (headers[CSP], first) == (own, "img-src 'none'")
    assert parse(ours)["script-src"] == ["'nonce-abc'", SERVICE]
    assert parse(ours)["default-src"][:2] == ["'self'", "cdn.example"]
    assert parse(ours)["report-uri"] == [f"{SERVICE}/api/v1/sites/shop/csp-reports"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Dest": "document"}, 200),
        ({"Sec-Fetch-Dest": "iframe"}, 200),
        ({"Accept": "text/html,*/*"}, 200),
        ({"Sec-Fetch-Dest": "empty", "Accept": "text/html"}, 304),
        ({"Sec-Fetch-Dest": "script"}, 304),
        ({}, 304),
    ],
)
def test_a_page_is_answered_whole_since_a_304_keeps_the_policy_of_an_earlier_choice(
    through: Shop, headers: dict[str, str], status: int
) -> None:
    app = Flask("site")

    @app.get("/")
    def home() -> Response:
        answer = Response("<h1>shop</h1>")
        answer.set_etag("same")
        return answer.make_conditional(request)

    answer = Client(ConsentPages(SERVICE, "shop", "none").wsgi(app)).get(
        "/", headers={"If-None-Match": '"same"', **headers}
    )
    assert (answer.status_code, CSP in answer.headers) == (status, status == 200)


def test_the_age_band_that_the_site_knows_counts(through: Shop) -> None:
    child = site(through, "US-CA", age_band=lambda environ: environ.get("HTTP_X_AGE", ""))
    assert "https://ads.example" in sources(policy_of(child))
    assert sources(policy_of(child, X_Age="under13")) == ["https://session.example"]


def test_an_outage_costs_one_timeout_and_then_none_for_a_while(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, now = [], [100.0]

    def away(*_: object, **__: object) -> None:
        asked.append(now[0])
        raise TimeoutError

    monkeypatch.setattr(ask, "urlopen", away)
    known = ask.Decisions(SERVICE, "shop", "token", 0.5, clock=lambda: now[0])
    for after in (0, 1, ask.RETRY_SECONDS - 1.5, 1):
        now[0] += after
        assert known.fetch({"path": "/"}, "203.0.113.1") == ask.NOTHING
    assert asked == [100.0, 100.5 + ask.RETRY_SECONDS]


def test_a_tag_of_another_language_may_load_since_only_the_page_knows_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = open_shop(tmp_path)

    def limit(draft: dict[str, Any]) -> None:
        draft["texts"]["languages"]["de"] = {}
        draft["texts"]["confirmed"] = ["de"]
        next(tag for tag in draft["tags"] if tag["id"] == "ga")["languages"] = ["de"]

    opened.edit(limit)
    opened.publish()
    query = f"?view=csp&country=DE&choice={cookie(opened, '111')}"
    answer = opened.decision(query, Authorization=opened.token("decide")).json
    opened.service.close()
    assert "https://ga.example" in answer["sources"]
    assert "ga" not in answer["allowed_tags"]


@pytest.mark.parametrize(
    ("limited", "query", "is_there"),
    [
        ("restricted", "country=US&subdivision=CA&gpc=1", True),
        # Meta limits nothing for people in Minnesota, though its law requires honoring GPC, nor for people in other
        # countries.
        ("restricted", "country=US&subdivision=MN&gpc=1", False),
        ("restricted", "country=US&gpc=1", False),
        ("restricted", "country=ZA&gpc=1", False),
        ("restricted", "country=DE", False),
        ("cookieless", "country=DE", True),
    ],
)
def test_what_the_script_loads_limited_may_load(tmp_path: Path, limited: str, query: str, is_there: bool) -> None:
    opened = open_shop(tmp_path)
    facts = {"limited": limited, "limited_reason": "said so"}
    opened.edit(lambda draft: next(tag for tag in draft["tags"] if tag["id"] == "ads").update(facts))
    opened.publish()
    answer = opened.decision(f"?view=csp&{query}", Authorization=opened.token("decide")).json
    opened.service.close()
    assert ("ads" in answer["limited_tags"], "https://ads.example" in answer["sources"]) == (is_there, is_there)


def test_a_response_that_is_not_a_page_gets_no_policy(through: Shop) -> None:
    for path in ("/data", "/elsewhere"):
        assert CSP not in site(through).get(path).headers


def test_any_wsgi_application_is_wrapped_and_the_service_is_asked_once_a_minute_for_the_same_visitor(
    through: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def app(_: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/html")])
        return [b"<p>page"]

    asked: list[str] = []
    reach = ask.urlopen
    monkeypatch.setattr(
        ask, "urlopen", lambda request, timeout: asked.append(request.full_url) or reach(request, timeout)
    )
    token = through.token("decide")[7:]
    wrapped = ConsentPages(SERVICE, "shop", token, visitor_address=lambda _: "DE").wsgi(app)
    for path in ("/caf\u00e9", "/caf\u00e9", "/tea"):
        assert b"".join(wrapped(EnvironBuilder(path).get_environ(), lambda *_: None)) == b"<p>page"
    assert [("caf%C3%A9" in address, "tea" in address) for address in asked] == [(True, False), (False, True)]


def test_a_site_imports_the_middleware_with_the_standard_library_alone() -> None:
    code = "import sys; before = {*sys.modules}; import consent.csp; print(*{*sys.modules} - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    packages = {name.partition(".")[0] for name in done.stdout.split()}
    assert packages - sys.stdlib_module_names == {"consent"}


def matched(shop: Shop, place: str, gpc: str, cookies: str) -> list[str]:
    config = shop.service.context.configs.live.get("shop")
    assert config
    country, _, subdivision = place.partition("-")
    for case in policy_cases(config, Place(country, subdivision or None), shop.service.context.clock()):
        if re.search(case.pattern, f"{gpc}:{cookies}"):
            return [re.sub(r"https://|\.example", "", source) for source in case.sources]
    raise AssertionError


@pytest.mark.parametrize(
    ("place", "gpc", "answers", "allowed"),
    [
        ("DE", "", "", ["session"]),
        ("DE", "", "111", ["ads", "chat", "ga", "session"]),
        ("DE", "", "100", ["chat", "session"]),
        ("DE", "", "-1-", ["ga", "session"]),
        ("DE", "", "000", ["session"]),
        ("DE", "1", "111", ["chat", "ga", "session"]),
        ("US-CA", "", "", ["ads", "chat", "ga", "session"]),
        ("US-CA", "1", "", ["chat", "ga", "session"]),
        ("US-CA", "", "--0", ["chat", "ga", "session"]),
    ],
)
def test_the_map_of_a_web_server_agrees_with_the_decision(
    shop: Shop, place: str, gpc: str, answers: str, allowed: list[str]
) -> None:
    value = cookie(shop, answers, place=place) if answers else ""
    cookies = f"a=1; consent_shop={value}; b=2" if answers else "a=1"
    assert matched(shop, place, gpc, cookies) == allowed


def test_a_cookie_that_the_map_does_not_know_allows_what_is_essential(shop: Shop) -> None:
    named = cookie(shop, "111", {"ga": False})
    for value in (named, cookie(shop, "111").replace("eu_opt_in", "us_ca"), cookie(shop, "111") + "x", "x"):
        assert matched(shop, "DE", "", f"consent_shop={value}") == ["session"]
    assert matched(shop, "DE", "", f"not_consent_shop={cookie(shop, '111')}") == ["session"]


@pytest.mark.parametrize("kind", ["nginx", "caddy", "header"])
def test_the_command_prints_a_policy(shop: Shop, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    url = shop.service.context.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("CONSENT_DATABASE_URL", url)
    monkeypatch.setenv("CONSENT_DEMO", "1")
    monkeypatch.setenv("CONSENT_BASE_URL", SERVICE)
    done = CliRunner().invoke(main, ["csp", "shop", "--format", kind, "--place", "DE", "--report-only"])
    assert done.exit_code == 0, done.output
    assert ONLY in done.output
    assert f"{SERVICE}/api/v1/sites/shop/csp-reports" in done.output
    assert "https://session.example" in done.output
    assert ("https://ads.example" in done.output) is (kind != "header")


@pytest.mark.parametrize("arguments", [["--place", "XQ"], ["--own", 'img-src "x"']])
def test_the_command_rejects_invalid_input(shop: Shop, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    url = shop.service.context.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("CONSENT_DATABASE_URL", url)
    monkeypatch.setenv("CONSENT_DEMO", "1")
    assert CliRunner().invoke(main, ["csp", "shop", *arguments]).exit_code == 1
