"""The docs name every setting, command, route and error code, and none that no longer exists."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.test import Client

from consent import __version__
from consent.api.http.docs_site import add_docs_site
from consent.app import create_service
from consent.cli import main
from consent.config import NAMES, Settings, load_settings
from consent.web.docs_pages import SECTIONS, Section, read_sections
from consent.web.plain_docs import plain_page
from tests.wsgi_server import serving
from tools.docs import add_earlier, build, earlier_versions
from tools.tutorial import Tutorial

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
TEST = re.compile(r"`(tests/[\w/]+\.py)`")
DECISION = re.compile(r"decisions?[ /](?:records? )?(?P<number>\d{3,4})\b(?P<rest>-[a-z0-9-]+\.md)?", re.IGNORECASE)
PAGES = [*DOCS.rglob("*.md"), *ROOT.glob("*.md")]
RECORDS = sorted((DOCS / "decisions").glob("[0-9]*.md"))
SOURCES = ("banner", "bench", "cluster", "consent", "deploy", "docs", "tests", "tools")
SUFFIXES = (".py", ".js", ".mjs", ".md", ".toml", ".html", ".css", ".cfg", ".yml", ".sh")
BLOCK = re.compile(r"^ *```\w*\n(.*?)^ *```$|^((?: {4}[^\n]*\n)+)", re.MULTILINE | re.DOTALL)
CALL = re.compile(r"(?:^ *|bin/|\$\()(consent|make) ((?!\W\$).+)")
LINK = re.compile(r"\[[^\]]*\]\(([^)#:]*)(?:#([^)]*))?\)")


def read(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def sources() -> Iterator[Path]:
    """Yield each file of the project that may name a decision record."""
    folders = (path for folder in SOURCES for path in (ROOT / folder).rglob("*"))
    yield from (path for path in (*folders, *ROOT.glob("*.*")) if path.suffix in SUFFIXES and path.is_file())


def headings(name: str) -> list[str]:
    return re.findall(r"^#+ (.*)$", read(name), re.MULTILINE)


def commands(command: click.Command, path: tuple[str, ...] = ("consent",)) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from commands(inner, (*path, name))
    else:
        yield " ".join(path), command


def test_settings_md_has_every_setting_and_no_other() -> None:
    found = [heading for heading in headings("settings.md") if heading.startswith("CONSENT_")]
    assert sorted(found) == sorted(NAMES.values())


def test_settings_md_gives_each_setting_a_type_a_default_and_an_example() -> None:
    sections = re.split(r"^#{2,3} ", read("settings.md"), flags=re.MULTILINE)
    for section in (section for section in sections if section.startswith("CONSENT_")):
        name = section.splitlines()[0]
        for part in ("- Type: ", "- Default: ", f"- Example: `{name}="):
            assert f"\n{part}" in section, f"{name} has no line that begins with {part!r}"


def test_the_examples_of_settings_md_work_together() -> None:
    examples = re.findall(r"^- Example: `(CONSENT_\w+)=([^`]*)`", read("settings.md"), re.MULTILINE)
    settings = load_settings(dict(examples))
    default = Settings()
    assert [name for name in NAMES if getattr(settings, name) == getattr(default, name)] == []


def test_cli_md_has_every_command_and_no_other() -> None:
    found = [heading for heading in headings("cli.md") if heading.startswith("consent ")]
    assert sorted(found) == sorted(path for path, _ in commands(main))


def test_cli_md_names_every_option_of_a_command() -> None:
    sections = re.split(r"^#{2,3} ", read("cli.md"), flags=re.MULTILINE)
    by_title = {section.splitlines()[0]: section for section in sections if section}
    for path, command in commands(main):
        for parameter in command.params:
            wanted = (
                parameter.opts[0]
                if isinstance(parameter, click.Option)
                else parameter.make_metavar(click.Context(command))
            )
            assert wanted in by_title[path], f"{path} takes {wanted}, which its section does not name"


def examples() -> Iterator[tuple[str, str, list[str]]]:
    """Yield each call of `consent` and `make` in a code block: page, program, and words up to a pipe or comment."""
    for page in PAGES:
        for fenced, indented in BLOCK.findall(page.read_text("utf-8")):
            for line in re.sub(r"\\\n *", " ", fenced or indented).splitlines():
                if call := CALL.search(line):
                    words = re.split(r"(?:^| )(?:[#|>&;]|&&)(?: |$)", call[2])[0]
                    yield page.name, call[1], words.split()


def test_commands_in_examples_have_names_and_options_that_exist() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    count = 0
    for page, program, words in examples():
        where = f"{page}: {program} {' '.join(words)}"
        if program == "make":
            assert words[0] in targets, where
            continue
        command: click.Command = main
        options = {opt for one in main.params for opt in one.opts}
        for word in words:
            if isinstance(command, click.Group) and word in command.commands:
                command = command.commands[word]
                options |= {opt for one in command.params for opt in (*one.opts, *one.secondary_opts)}
            elif option := re.match(r"\[?(--[\w-]+|-\w)(?![\w|])", word):
                assert option[1] in {*options, "--help"}, where
        assert not isinstance(command, click.Group), where
        count += 1
    assert count > 100


def test_http_api_md_has_every_route_of_the_openapi_document_and_no_other(tmp_path: Path) -> None:
    service = create_service(Settings(instance=tmp_path, demo=True))
    paths = Client(service.wsgi_app).get("/api/openapi.json").get_json()["paths"]
    service.close()
    methods = {"get", "post", "put", "delete", "patch"}
    wanted = [f"{method.upper()} {path}" for path, item in paths.items() for method in item if method in methods]
    found = [heading for heading in headings("http-api.md") if re.match(r"[A-Z]+ /", heading)]
    assert sorted(found) == sorted(wanted)


def test_http_api_md_names_every_error_code() -> None:
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "consent" / "api").rglob("*.py"))
    codes = set(re.findall(r'ApiError\(\s*\d{3},\s*"(\w+)"', sources))
    assert codes
    table = " ".join(line for line in read("http-api.md").splitlines() if line.startswith("| "))
    assert codes - set(re.findall(r"\w+", table)) == set()


@pytest.mark.parametrize("name", sorted(path.relative_to(ROOT).as_posix() for path in PAGES))
def test_links_between_pages_lead_somewhere(name: str) -> None:
    page = ROOT / name
    for target, anchor in LINK.findall(page.read_text("utf-8")):
        file = (page.parent / target).resolve() if target else page
        # The documentation site has the files that its pages link to, but no folders.
        assert file.is_file() or (page.parent != DOCS and file.is_dir()), f"{name} links to {target}"
        if anchor:
            titles = re.findall(r"^#+ (.*)$", file.read_text("utf-8"), re.MULTILINE)
            assert anchor in {_anchor(title) for title in titles}, f"{name} links to {target}#{anchor}"


def test_each_test_that_a_page_names_is_there() -> None:
    named = {(page.name, test) for page in DOCS.glob("*.md") for test in TEST.findall(page.read_text("utf-8"))}
    assert ("security.md", "tests/dashboard/frame/test_permissions.py") in named
    assert sorted(f"{page}: {test}" for page, test in named if not (ROOT / test).is_file()) == []


def test_the_list_of_decisions_and_the_records_are_alike() -> None:
    listed = re.findall(r"^\| \[(\d{4})\]\(([^)]*)\) \| (.*) \|$", read("decisions/README.md"), re.MULTILINE)
    assert [name for _, name, _ in listed] == [path.name for path in RECORDS]
    for number, (named, name, title) in enumerate(listed, 1):
        assert named == name[:4] == f"{number:04d}"
        assert headings(f"decisions/{name}")[0] == f"{number}. {title}"
    assert len(RECORDS) < 45


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_a_record_has_its_headings_and_is_short(path: Path) -> None:
    text = path.read_text("utf-8")
    title, *parts = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    assert parts == ["Status", "Context", "Decision", "Consequences"]
    assert re.findall("[a-z0-9]+", path.stem[5:]) == re.findall(
        "[a-z0-9]+", title.partition(". ")[2].lower().replace("'", "")
    )
    assert len(text.splitlines()) <= 25
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.long
def test_the_documentation_site_builds_without_a_warning_and_is_served(tmp_path: Path) -> None:
    """A page missing from the menus, a dead link or a file from another host is a warning."""
    build(tmp_path / "site")
    app = Flask("docs")
    add_docs_site(app, tmp_path / "site")
    client = app.test_client()
    assert client.get("/docs").headers["Location"] == "docs/"
    with client.get("/docs/generated/http-reference.html") as page:
        text, allowed = page.text, page.headers["Content-Security-Policy"]
    assert "/api/v1/sites/{site}/receipts" in text
    for section in (Section(*row) for row in json.loads((tmp_path / "site" / SECTIONS).read_text("utf-8"))):
        with client.get(f"/docs/{section.page}.html") as found:
            assert not section.anchor or f'id="{section.anchor}"' in found.text, section
    with client.get("/docs/searchindex.js") as index:
        assert index.status_code == 200
    scripts = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", text, re.DOTALL)
    assert scripts
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in allowed
    assert client.get("/docs/../test_docs.py").status_code == 404
    assert client.get("/docs/nothing.html").status_code == 404


@pytest.mark.parametrize(
    ("tags", "version", "earlier"),
    [
        ([], "0.1.0", []),
        (["v0.1.0"], "0.1.0", []),
        (["v0.1.0", "v0.1.10", "v0.1.9", "v0.2.0", "v0.2.1-rc1", "nightly"], "0.2.1", ["0.1.10"]),
        (["v0.8.0", "v0.9.3", "v1.0.0", "v0.10.1", "v1.1.0", "v1.2.0"], "1.1.0", ["1.0.0", "0.10.1"]),
    ],
)
def test_the_docs_of_the_last_two_minor_releases_stay(tags: list[str], version: str, earlier: list[str]) -> None:
    assert earlier_versions(tags, version) == earlier


@pytest.mark.long
def test_a_reader_changes_to_the_same_page_of_another_version(tmp_path: Path, page: Page) -> None:
    """The earlier release is a commit with its own version number and with one page missing."""
    earlier, site = tmp_path / "earlier", tmp_path / "site"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(earlier)], check=True)
    for name in ("docs", "tools"):
        shutil.copytree(ROOT / name, earlier / name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    number = earlier / "consent" / "__init__.py"
    number.write_text(number.read_text("utf-8").replace(f'"{__version__}"', '"0.0.9"'), "utf-8")
    (earlier / "docs" / "wordpress.md").unlink()
    for path in [earlier / "CHANGELOG.md", *(earlier / "docs").rglob("*.md")]:
        path.write_text(
            re.sub(
                r"\[([^\]]*)\]\((?:\.\./)?(?:docs/)?wordpress\.md[^)]*\)|^.*<wordpress>$\n",
                r"\1",
                path.read_text("utf-8"),
                flags=re.MULTILINE,
            )
        )
    as_user = ["git", "-C", str(earlier), "-c", "user.name=Test", "-c", "user.email=test@example.com"]
    subprocess.run([*as_user, "commit", "--quiet", "--all", "--message", "Release"], check=True)
    subprocess.run([*as_user, "tag", "v0.0.9"], check=True)
    build(site)
    assert add_earlier(site, earlier) == ["0.0.9"]
    app = Flask("docs")
    add_docs_site(app, site)
    with serving(app) as port:
        base = f"http://127.0.0.1:{port}/docs"
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        faults: list[str] = []
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.goto(f"{base}/generated/page-api.html")
        select = page.get_by_label("Version")
        assert select.locator("option").all_inner_texts() == [__version__, "0.0.9"]
        select.select_option("0.0.9")
        page.wait_for_url(f"{base}/0.0.9/generated/page-api.html")
        expect(select).to_have_value("0.0.9")
        select.select_option(__version__)
        page.wait_for_url(f"{base}/generated/page-api.html")
        page.goto(f"{base}/wordpress.html")
        select.select_option("0.0.9")
        page.wait_for_url(f"{base}/0.0.9/index.html")
        assert [url for url in asked if not url.startswith((f"{base}/", "data:"))] == []
        assert faults == []
    page.goto((site / "0.0.9" / "tutorial.html").as_uri())
    select.select_option(__version__)
    page.wait_for_url((site / "tutorial.html").as_uri())


def test_each_page_is_in_the_menu_of_the_documentation_site() -> None:
    menu = re.findall(r"^(?:.* <)?([\w/-]+)>?$", read("index.md"), re.MULTILINE)
    pages = {path.stem for path in DOCS.glob("*.md")} - {"index"}
    assert pages - set(menu) == set(), "name the page in docs/index.md"


def test_a_checkout_serves_its_pages_without_building_them() -> None:
    app = Flask("docs")
    add_docs_site(app, None, DOCS)
    client = app.test_client()
    page = client.get("/docs/rights.html").text
    assert '<h2 id="the-register">The register</h2>' in page
    assert '<a href="erasure.html">erasure</a>' in page
    assert "<script" not in page
    assert '<link rel="stylesheet" href="../static/api.css">' in page
    start = client.get("/docs/").text
    assert '<li><strong>New here?</strong> The <a href="tutorial.html">tutorial</a> takes ten minutes' in start
    assert "<code>/</code> in the dashboard to search" in start
    for name in ("nothing.html", "../README.html", "rights.md", "conf.py"):
        assert client.get(f"/docs/{name}").status_code == 404


def test_a_plain_page_shows_its_blocks_and_no_markup() -> None:
    page = plain_page((DOCS / "rights.md").read_text("utf-8"))
    assert "<p><strong>Proof.</strong> The page asks for no more proof" in page
    assert '<table><thead><tr><th scope="col">proof</th>' in page
    assert '<td>your page posts a fresh <a href="accounts.html#the-token">token</a> as below</td>' in page
    assert "<pre><code>&lt;form method=&quot;post&quot;" in page
    steps = plain_page("# A\n\n1. *One*,\n   two\n\n   - in it\n\n2. Three\n\n```sh\n# no heading\n```\n")
    assert "<ol><li><p><em>One</em>, two</p><ul><li>in it</li></ul></li><li>Three</li></ol>" in steps
    assert "<pre><code># no heading</code></pre>" in steps


def test_the_first_plain_page_lists_all_others() -> None:
    page = plain_page((DOCS / "index.md").read_text("utf-8"))
    assert '<h2 id="reference">Reference</h2><ul><li><a href="settings.html">Settings</a></li>' in page
    assert set(re.findall(r'href="([\w-]+)\.html', page)) == {path.stem for path in DOCS.glob("*.md")}


@pytest.mark.parametrize("text", ["<script>", "[a](javascript:alert)", "<b onload=x>", '[a](https://x/"onload="x)'])
def test_a_plain_page_escapes_html_and_links_only_to_pages(text: str) -> None:
    page = plain_page(f"# A\n\n{text} `{text}`\n\n- {text}\n\n| {text} |\n|---|\n| x |\n")
    main = page[page.index("<main>") :]
    assert not re.search(r"<(script|b)\b|href=.javascript|onload=\"", main), main


def test_no_page_of_the_checkout_shows_raw_markup() -> None:
    for path in DOCS.glob("*.md"):
        text = re.sub(r"<(pre|code)>.*?</\1>", "", plain_page(path.read_text("utf-8")), flags=re.DOTALL)
        assert not re.search(r"\]\(|\*\*|```|<(p|li|td)>[|#]", text), path.name


def test_a_section_is_a_heading_with_its_text() -> None:
    sections = {(one.page, one.anchor): one for one in read_sections(DOCS)}
    one = sections["users", "second-factor"]
    assert (one.title, one.heading) == ("Users, roles and sessions", "Second factor")
    assert "authenticator app" in one.text
    assert not re.search(r"[`*|]|\]\(|<kbd>|<!--", " ".join(one.text for one in sections.values()))
    assert sections["cli", ""].heading == "Commands"


def test_a_service_without_the_site_says_how_to_build_it() -> None:
    app = Flask("docs")
    add_docs_site(app, None)
    answer = app.test_client().get("/docs/")
    assert answer.status_code == 404
    assert "make docs" in answer.text


@pytest.mark.long
def test_the_tutorial_holds(tmp_path: Path, browser: Browser) -> None:
    text = read("tutorial.md")
    tutorial = Tutorial(text, tmp_path)
    assert "True: receipt" in tutorial.walk(browser)
    named = set(re.findall(r"(?<!\*)\*([^*\n]+(?:\n[^*\n]+)?)\*(?!\*)", text))
    assert {" ".join(name.split()) for name in named} <= tutorial.used | {"needed"}


def test_each_decision_that_a_source_names_is_there() -> None:
    known = {path.stem[:4]: path.name for path in RECORDS}
    named = [(path, match) for path in sources() for match in DECISION.finditer(path.read_text("utf-8"))]
    assert len(named) > 5
    for path, match in named:
        number, rest = match["number"], match["rest"]
        where = f"{path.relative_to(ROOT)} names decision {number}{rest or ''}"
        assert number in known, where
        assert not rest or known[number] == number + rest, where


def test_contributing_has_every_target_of_make() -> None:
    phony = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    targets = {name for line in phony for name in line.split() if name != "help" and not name.startswith("system")}
    rows = [line for line in (ROOT / "CONTRIBUTING.md").read_text("utf-8").splitlines() if line.startswith("| `make ")]
    named = {name for row in rows for name in re.findall(r"`(?:make )?([\w-]+)`", row.split("|")[1])}
    assert named == targets


def _anchor(title: str) -> str:
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
