"""Plain HTML with the script line alone, with Turbo, htmx and Google Tag Manager, with the lines in their guides."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.guides import snippets, walk
from tests.guides.npm import project
from tests.guides.site import Site
from tests.guides.starters import IN_PLACE
from tests.guides.static_server import serving_folder
from tests.guides.visitor import Visitor
from tests.guides.walk import Pages, follows_its_guide

TAGS = (snippets.LIBRARY, snippets.GOOGLE, snippets.META, snippets.HOTJAR)
EACH = frozenset({walk.GOOGLE, walk.META, walk.HOTJAR, walk.OWN})
ALWAYS = frozenset({walk.LIBRARY})
TURBO, HTMX = "@hotwired/turbo/dist/turbo.es2017-umd.js", "htmx.org/dist/htmx.min.js"


def write_pages(folder: Path, head: str, *, tags: tuple[str, ...] = TAGS, footer: str = "", body: str = "") -> None:
    """Write a website's two pages, with `head` first and `tags` after it."""
    texts = {"index": "Welcome", "about": f"<p>All about us</p>{snippets.FILM}"}
    for name, words in texts.items():
        facts = {"head": head, "title": name, "tags": "\n".join(tags), "words": words, "footer": footer, "body": body}
        (folder / f"{name}.html").write_text(snippets.PAGE.substitute(facts, link="/about.html"))


def own_code(code: str) -> str:
    return f"<script>{snippets.START}\n{code}</script>"


def test_plain_html(browser: Browser, site: Site, tmp_path: Path) -> None:
    words = site.words("html", head="top of the head", footer="In the footer", when="wait for its group")
    write_pages(tmp_path, words["head"], tags=(*TAGS, own_code(words["when"])), footer=words["footer"])
    with serving_folder(tmp_path, site.port):
        follows_its_guide(browser, Pages(site.origin, EACH, EACH | {walk.FILM}, ALWAYS))


def test_the_line_alone_with_its_queue(browser: Browser, site: Site, tmp_path: Path) -> None:
    words = site.words("html", queue="queue calls", footer="In the footer", when="wait for its group")
    head = own_code(words["when"])
    write_pages(tmp_path, words["queue"], tags=(head,), footer=words["footer"])
    (tmp_path / "about.html").write_text((tmp_path / "about.html").read_text().replace(snippets.FILM, ""))
    with serving_folder(tmp_path, site.port):
        follows_its_guide(browser, Pages(site.origin, frozenset({walk.OWN}), frozenset({walk.OWN})))


@pytest.mark.parametrize("library", [TURBO, HTMX])
def test_turbo_and_htmx(browser: Browser, site: Site, tmp_path: Path, library: str) -> None:
    words = site.words(
        "turbo", head="first in the head", footer="In the footer", when="wait for its group", back="for Back"
    )
    with project(IN_PLACE) as packages:
        shutil.copy(packages / "node_modules" / library, tmp_path / "library.js")
    code = own_code(words["when"] + (words["back"] if library == TURBO else ""))
    tags = (*TAGS, '<script src="/library.js"></script>', code)
    write_pages(tmp_path, words["head"], tags=tags, footer=words["footer"], body='hx-boost="true"')
    with serving_folder(tmp_path, site.port):
        follows_its_guide(browser, Pages(site.origin, EACH, EACH | {walk.FILM}, ALWAYS, in_place=True))


MANAGER = """<script>(function(w,d,s,l,i){w[l]=w[l]||[];w[l].push({'gtm.start':
new Date().getTime(),event:'gtm.js'});var f=d.getElementsByTagName(s)[0],
j=d.createElement(s),dl=l!='dataLayer'?'&l='+l:'';j.async=true;j.src=
'https://www.googletagmanager.com/gtm.js?id='+i+dl;f.parentNode.insertBefore(j,f);
})(window,document,'script','dataLayer','GTM-ABC1234');</script>"""
CONTAINED = "snap.licdn.com"


def test_tag_manager_below_the_lines(browser: Browser, site: Site, tmp_path: Path) -> None:
    words = site.words("tag-manager", head="In the page, first", footer="In the footer")
    write_pages(tmp_path, words["head"], tags=(MANAGER,), footer=words["footer"])
    each = frozenset({walk.GOOGLE, CONTAINED})
    with serving_folder(tmp_path, site.port):
        follows_its_guide(browser, Pages(site.origin, each, each | {walk.FILM}))


def test_what_a_tag_manager_above_the_lines_adds_is_held_all_the_same(
    browser: Browser, site: Site, tmp_path: Path
) -> None:
    words = site.words("tag-manager", head="In the page, first", footer="In the footer")
    write_pages(tmp_path, MANAGER + words["head"], tags=(), footer=words["footer"])
    context = browser.new_context()
    with serving_folder(tmp_path, site.port):
        visitor = Visitor(context)
        visitor.visit(site.origin + "/")
        visitor.sees_question()
        assert visitor.ran[CONTAINED] == 0
    context.close()
