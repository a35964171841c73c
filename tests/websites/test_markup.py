"""A site's files as a static server delivers them, with our lines in the pages."""

import json
from pathlib import Path

import pytest

from bench.websites.markup import FIRST, LAST, find_file, headers_in, kind_of, page

HTML = '<!doctype html><html><head data-x="1">\n<title>A</title></head><body><header>B</header></body></html>'


@pytest.mark.parametrize("path", ["/", "/index.html"])
def test_a_path_leads_to_a_file(tmp_path: Path, path: str) -> None:
    (tmp_path / "index.html").write_text(HTML)
    assert find_file(tmp_path, path) == tmp_path / "index.html"


def test_a_path_may_leave_out_what_servers_add_and_not_the_folder(tmp_path: Path) -> None:
    (tmp_path / "site" / "blog").mkdir(parents=True)
    (tmp_path / "site" / "blog" / "index.html").write_text(HTML)
    (tmp_path / "site" / "about.html").write_text(HTML)
    (tmp_path / "secret.html").write_text(HTML)
    site = tmp_path / "site"
    assert find_file(site, "/blog") == find_file(site, "/blog/") == site / "blog" / "index.html"
    assert find_file(site, "/about") == site / "about.html"
    assert find_file(site, "/../secret.html") is None
    assert find_file(site, "/nothing") is None


def test_lines_stand_first_or_last_in_the_head() -> None:
    assert b'<head data-x="1">\nLINES\n' in page(HTML, "LINES", FIRST).data
    assert b"</title>LINES\n</head>" in page(HTML, "LINES", LAST).data
    assert page(HTML, "").data == HTML.encode()


def test_a_page_without_a_head_begins_with_the_lines() -> None:
    assert page("<p>A", "LINES").data == b"\nLINES\n<p>A"


def test_hashes_of_subresources_are_left_out() -> None:
    text = '<script src="a.js" integrity="sha384-x+/=" crossorigin></script><link integrity=\'sha256-y\' href="b">'
    assert page(text, "").data == b'<script src="a.js" crossorigin></script><link href="b">'


def test_a_policy_of_the_site_allows_the_service_as_its_owner_would(tmp_path: Path) -> None:
    policy = "default-src 'self'; script-src 'self'; connect-src 'self'; script-src-attr 'none'"
    rows = [{"key": "Content-Security-Policy", "value": policy}, {"key": "X-Frame-Options", "value": "DENY"}]
    (tmp_path / "vercel.json").write_text(json.dumps({"headers": [{"source": "/(.*)", "headers": rows}]}))
    assert headers_in(tmp_path / "vercel.json", "https://c.example") == {
        "Content-Security-Policy": "default-src 'self'; script-src https://c.example 'self';"
        " connect-src https://c.example 'self'; script-src-attr 'none'",
        "X-Frame-Options": "DENY",
    }
    assert headers_in(tmp_path / "none.json", "https://c.example") == {}


def test_a_module_is_sent_as_a_script() -> None:
    assert [kind_of(Path(name)) for name in ("a.mjs", "a.js")] == ["text/javascript"] * 2
