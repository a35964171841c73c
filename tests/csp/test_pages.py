"""What a site's server leaves out of a page: with WSGI and ASGI, against the running service."""

import asyncio
import gzip
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client, EnvironBuilder

from consent.core.choice import Choice, format_choice, newest_choice_text
from consent.core.groups import OPTIONAL
from consent.csp import ConsentPages
from consent.csp import middleware as pages_module
from consent.csp.middleware import UnreadablePageError, strip_held_elements
from tests.api.shop import Shop, open_shop
from tests.csp.consent_cookie import cookie
from tests.wsgi_server import serving

GA, ADS = '<script async data-tag="ga" src="https://ga.example/x.js"></script>', '<img data-tag="ads" src="/p">'
PAGE = f"<!doctype html><title>Caf\u00e9</title>{GA}{ADS}<p>Text</p>".encode()
BARE = "<!doctype html><title>Caf\u00e9</title><p>Text</p>".encode()
HTML = ("Content-Type", "text/html; charset=utf-8")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Open one shop for all tests: nothing here writes."""
    opened = open_shop(tmp_path_factory.mktemp("pages"))
    yield opened
    opened.service.close()


@pytest.fixture(scope="module")
def at(shop: Shop) -> Iterator[Callable[..., ConsentPages]]:
    """Serve the shop, and return a function that makes its middleware; `X-Test-Place` sets the visitors' place."""
    token = shop.token("decide").removeprefix("Bearer ")

    def placed(environ: dict[str, Any], start_response: Any) -> Any:
        country = environ.pop("HTTP_X_VISITOR_ADDRESS", "")
        environ["QUERY_STRING"] += f"&country={country}"
        return shop.service.wsgi_app(environ, start_response)

    with serving(placed) as port:
        yield lambda **facts: ConsentPages(
            f"http://127.0.0.1:{port}", "shop", token, **({"address_header": "X-Test-Place", "timeout": 10} | facts)
        )


def granted(shop: Shop) -> str:
    return f"consent_shop={cookie(shop, '111')}"


@pytest.mark.parametrize(
    ("page", "left"),
    [
        ("<p>a<script data-tag=no src=x></script>b", "<p>ab"),
        ('<script data-tag="yes">1</script>', '<script data-tag="yes">1</script>'),
        ("<div DATA-Tag='no'><div>1</div><script>'</div>'</script></div>2", "2"),
        ("<img data-tag=no />1<LINK rel=preload data-tag=no href=x>2", "12"),
        ("<noscript><img data-tag=no src=x></noscript>1", "<noscript></noscript>1"),
        ('<p title="<script data-tag=no>">1</p>', '<p title="<script data-tag=no>">1</p>'),
        ("<a title=it's>1</a><iframe data-tag=no>'</iframe>2", "<a title=it's>1</a>2"),
        ("<!-- <img data-tag=no> --><b>1</b>", "<!-- <img data-tag=no> --><b>1</b>"),
        # Whatever ends a comment in browsers must end it here too, or a tag could hide in it.
        ("<!--><img data-tag=no>1", "<!-->1"),
        ("<!---><img data-tag=no>1", "<!--->1"),
        ("<!-- --!><img data-tag=no>1", "<!-- --!>1"),
        ("<!x><img data-tag=no>1</ x><img data-tag=no>2<?x><img data-tag=no>3", "<!x>1</ x>2<?x>3"),
        ("<script>'<img data-tag=no>'</script>1", "<script>'<img data-tag=no>'</script>1"),
        ("<title></titlex><img data-tag=no></title><img data-tag=no>", "<title></titlex><img data-tag=no></title>"),
        ("<img data-tag=yes data-tag=no>1<img data-tag=no data-tag=yes>", "<img data-tag=yes data-tag=no>1"),
        ("<img/data-tag=no/src=x>1<img alt=''data-tag=no>2", "12"),
        ("1 < 2 <script data-tag>x", "1 < 2 "),
        ("1<section data-tag=no><p>unclosed", "1"),
        ("<img data-tag=no", ""),
        # SVG and MathML have no raw text, but the HTML inside them does; and browsers with scripting ignore <noscript>.
        ("<svg><style><script data-tag=no></script></svg>1", "<svg><style></svg>1"),
        ("<svg><title><script data-tag=no>x</script></title></svg>1", "<svg><title></title></svg>1"),
        ("<math><xmp><br data-tag=no><img data-tag=no>1", "<math><xmp>1"),
        ("<svg><p><style><img data-tag=no></style>1", "<svg><p><style><img data-tag=no></style>1"),
        ("<svg><desc><script><!--</script><img data-tag=no>1", "<svg><desc><script><!--</script>1"),
        ("<svg><![CDATA[><!--]]><img data-tag=no>1", "<svg><![CDATA[><!--]]>1"),
        ("<noscript><!--</noscript><img data-tag=no>1", "<noscript><!--</noscript>1"),
    ],
)
def test_an_element_is_left_out_as_browsers_read_it(page: str, left: str) -> None:
    assert strip_held_elements(page, {"yes"}) == left


def test_of_two_cookies_the_one_counts_that_counts_for_the_service(
    at: Callable[..., ConsentPages], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file runs on its own, so it has its own copy of the rule."""
    keys = dict.fromkeys(OPTIONAL, "00000000")

    def text(day: int, *answers: bool | None, **vendors: bool) -> str:
        return format_choice(Choice(day, "eu", dict(zip(OPTIONAL, answers, strict=True)), keys, vendors))

    wide, strict = text(9, True, True, True), text(9, True, False, None)
    old, vendor = text(8, False, False, False), text(9, True, False, None, ads=True)
    for texts in ([wide, strict], [strict, wide], [old, wide], [vendor, strict], ["v2.new", old], ["", "v2.new"]):
        asked: list[str] = []
        monkeypatch.setattr(pages_module, "urlopen", lambda request, timeout, to=asked: to.append(request.full_url))
        cookies = "; ".join(f"consent_shop={one}" for one in texts)
        environ = EnvironBuilder(headers={"Cookie": f"a=b; {cookies}"}).get_environ()
        b"".join(at().wsgi(_app)(environ, lambda *_: None))
        newest = newest_choice_text(texts)
        assert (f"choice={newest}" in asked[0]) if newest else ("choice=" not in asked[0])


def _app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [HTML, ("Content-Length", str(len(PAGE))), ("ETag", '"1"')])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [PAGE[:40], PAGE[40:]]


def test_held_tags_are_sent_only_after_a_grant(shop: Shop, at: Callable[..., ConsentPages]) -> None:
    client = Client(at().wsgi(_app), use_cookies=False)
    german = {"X-Test-Place": "DE"}
    first = client.get("/", headers=german)
    assert (first.data, first.headers["Content-Length"]) == (BARE, str(len(BARE)))
    assert (first.headers["Cache-Control"], "ETag" in first.headers) == ("private, no-store", False)
    assert "ga.example" not in first.headers["Content-Security-Policy"]
    later = client.get("/", headers=german | {"Cookie": granted(shop)})
    assert later.data == PAGE
    assert "https://ga.example" in later.headers["Content-Security-Policy"]
    head = client.head("/", headers=german)
    assert (head.headers["Content-Security-Policy"], "Content-Length" in head.headers) == (
        first.headers["Content-Security-Policy"],
        False,
    )
    american = client.get("/", headers={"X-Test-Place": "US", "Sec-GPC": "1"})
    assert (GA.encode() in american.data, ADS.encode() in american.data) == (True, False)


def test_a_silent_service_holds_all_and_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    client = Client(ConsentPages("http://127.0.0.1:9", "shop", "none", timeout=1).wsgi(_app))
    for _ in range(3):
        answer = client.get("/")
        assert (answer.status_code, answer.data) == (200, BARE)
    assert [one.levelname for one in caplog.records] == ["ERROR"]


def test_a_mark_of_no_tag_is_held_and_named_once(
    shop: Shop, at: Callable[..., ConsentPages], caplog: pytest.LogCaptureFixture
) -> None:
    def app(_: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [HTML])
        return [b'<p>1<b data-tag="typo">2</b>', GA.encode()]

    client = Client(at().wsgi(app), use_cookies=False)
    headers = {"Cookie": granted(shop), "X-Test-Place": "DE"}
    assert [client.get("/", headers=headers).data for _ in range(2)] == [b"<p>1" + GA.encode()] * 2
    assert [one.message for one in caplog.records if "typo" in one.message] == [
        "The site has no tag 'typo'; elements marked with it are never sent"
    ]


def test_passes_through_what_is_not_a_page(at: Callable[..., ConsentPages]) -> None:
    closed = []

    class Parts:
        def __iter__(self) -> Iterator[bytes]:
            yield b'{"a": "'
            yield GA.encode() + b'"}'

        def close(self) -> None:
            closed.append(True)

    def app(_: dict[str, Any], start_response: Any) -> Any:
        start_response("200 OK", [("Content-Type", "application/json")])
        return Parts()

    answer = Client(at().wsgi(app)).get("/")
    assert (b"ga.example" in answer.data, "Content-Security-Policy" in answer.headers) == (True, False)
    answer.close()
    assert closed == [True]


def test_a_packed_page_is_read_and_what_cannot_be_read_is_refused(at: Callable[..., ConsentPages]) -> None:
    seen: list[str] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.append(environ["HTTP_ACCEPT_ENCODING"])
        kind = environ["PATH_INFO"].strip("/")
        start_response("200 OK", [HTML, ("Content-Encoding", "" if kind == "utf-16" else kind)])
        return [PAGE.decode().encode("utf-16") if kind == "utf-16" else gzip.compress(PAGE)]

    client = Client(at().wsgi(app))
    answer = client.get("/gzip", headers={"Accept-Encoding": "br, gzip"})
    assert gzip.decompress(answer.data) == BARE
    client.get("/gzip", headers={"Accept-Encoding": "br"})
    assert seen == ["gzip", "identity"]
    with pytest.raises(UnreadablePageError, match="compressed with br"):
        client.get("/br", headers={"Accept-Encoding": "br"})
    with pytest.raises(UnreadablePageError, match="in UTF-16"):
        client.get("/utf-16", headers={"Accept-Encoding": "br"})


def test_a_view_can_ask_what_its_visitor_allows(shop: Shop, at: Callable[..., ConsentPages]) -> None:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        visit = environ["consent"]
        return [f"{visit.allows('ga')} {visit.grants('analytics')} {visit.allows('session')}".encode()]

    client = Client(at(policy=False).wsgi(app), use_cookies=False)
    assert client.get("/", headers={"X-Test-Place": "DE"}).text == "False False True"
    assert client.get("/", headers={"X-Test-Place": "DE", "Cookie": granted(shop)}).text == "True True True"


def test_asgi_omits_the_same_elements(shop: Shop, at: Callable[..., ConsentPages]) -> None:
    scopes: list[dict[str, Any]] = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        scopes.append(scope)
        headers = [(b"content-type", b"text/html"), (b"content-length", b"9"), (b"x-own", b"1")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for part, more in ((PAGE[:70], True), (PAGE[70:], False)):
            await send({"type": "http.response.body", "body": part, "more_body": more})

    gated = at().asgi(app)

    def get(*headers: tuple[bytes, bytes]) -> tuple[dict[bytes, bytes], bytes]:
        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {"type": "http", "path": "/", "headers": [(b"x-test-place", b"DE"), *headers], "client": ("::1", 1)}
        # If a browser was driven in this process, its thread already has an event loop.
        with ThreadPoolExecutor(1) as thread:
            call = gated(scope | {"extensions": {"http.response.pathsend": {}}}, None, send)
            thread.submit(asyncio.run, call).result()
        assert [one["type"] for one in sent] == ["http.response.start", "http.response.body"]
        return dict(sent[0]["headers"]), sent[1]["body"]

    facts, body = get((b"if-none-match", b'"1"'), (b"sec-fetch-dest", b"document"), (b"accept-encoding", b"br"))
    assert (body, facts[b"content-length"], facts[b"x-own"]) == (BARE, str(len(BARE)).encode(), b"1")
    assert b"ga.example" not in facts[b"content-security-policy"]
    names = dict(scopes[0]["headers"])
    assert (b"if-none-match" in names, names[b"accept-encoding"], scopes[0]["extensions"]) == (False, b"identity", {})
    facts, body = get((b"cookie", b"a=b"), (b"cookie", granted(shop).encode()))
    assert (body, b"https://ga.example" in facts[b"content-security-policy"]) == (PAGE, True)
    assert scopes[1]["consent"].allows("ga")


@pytest.mark.parametrize("service", ["consent.example.com", "ftp://consent.example.com"])
def test_rejects_an_invalid_address(service: str) -> None:
    with pytest.raises(ValueError, match=r"is not a URL such as https://consent\.example\.com"):
        ConsentPages(service, "shop", "token")


def test_the_file_runs_alone(tmp_path: Path) -> None:
    assert pages_module.__file__
    shutil.copy(pages_module.__file__, tmp_path / "consent_pages.py")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); before = {{*sys.modules}}; import consent_pages; "
    done = subprocess.run(
        [sys.executable, "-I", "-c", code + "print(*{*sys.modules} - before)"],
        capture_output=True,
        text=True,
        check=True,
    )
    packages = {name.partition(".")[0] for name in done.stdout.split()}
    assert packages - sys.stdlib_module_names == {"consent_pages"}
