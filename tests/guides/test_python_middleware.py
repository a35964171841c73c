"""The Python middleware in sites of three frameworks: a held tag isn't in the page, so nothing requests it."""

import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from consent.csp import middleware
from tests.geo.addresses import BERLIN_V6
from tests.guides import walk
from tests.guides.python_packages import DJANGO_PACKAGE, FASTAPI_PACKAGE, installed
from tests.guides.site import PARAMETERS, Site, running_site
from tests.guides.walk import Pages, follows_its_guide
from tests.guides.web_server import served

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "python"
EACH = frozenset({walk.GOOGLE, walk.META, walk.HOTJAR})
WSGI = """
import sys
from wsgiref.simple_server import make_server
from %s import %s as site
def from_germany(environ, start_response):
    return site({**environ, "REMOTE_ADDR": "%s"}, start_response)
make_server("127.0.0.1", int(sys.argv[1]), from_germany).serve_forever()
"""
ASGI = f"""
from fastapi_site import app as site
async def from_germany(scope, receive, send):
    await site({{**scope, "client": ("{BERLIN_V6}", 1)}} if scope["type"] == "http" else scope, receive, send)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Run a service that loads the website's tags itself if they aren't in the page."""
    with running_site(tmp_path_factory.mktemp("site"), PARAMETERS) as site:
        yield site


def test_flask(browser: Browser, site: Site, tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text(WSGI % ("flask_site", "app", BERLIN_V6))
    _follows(browser, site, tmp_path, f"{sys.executable} run.py {site.port}", os.environ, "In Flask and Jinja")


def test_django(browser: Browser, site: Site, tmp_path: Path) -> None:
    python, environ = installed(DJANGO_PACKAGE)
    (tmp_path / "run.py").write_text(WSGI % ("django_site", "application", BERLIN_V6))
    _follows(browser, site, tmp_path, f"{python} run.py {site.port}", environ, "First in the head")


def test_fastapi(browser: Browser, site: Site, tmp_path: Path) -> None:
    python, environ = installed(FASTAPI_PACKAGE)
    (tmp_path / "run.py").write_text(ASGI)
    command = f"{python} -m granian --interface asgi --host 127.0.0.1 --port {site.port} run:from_germany"
    _follows(browser, site, tmp_path, command, environ, "In Flask and Jinja")


def _follows(browser: Browser, site: Site, folder: Path, command: str, environ: Mapping[str, str], head: str) -> None:
    shutil.copytree(EXAMPLES, folder, dirs_exist_ok=True)
    shutil.copy(str(middleware.__file__), folder / "consent_pages.py")
    lines = re.fullmatch(r"(.*)\n(<script async.*</script>)(.*)", site.step("templates", head), re.DOTALL)
    assert lines
    (folder / "templates" / "first_line.html").write_text(lines[1] + lines[3], "utf-8")
    (folder / "templates" / "second_line.html").write_text(lines[2], "utf-8")
    service = {
        "CONSENT_SERVICE": site.service_url,
        "CONSENT_INTERNAL_URL": site.service_url.replace("consent.localhost", "127.0.0.1"),
        "CONSENT_TOKEN": site.shop.token("decide").removeprefix("Bearer "),
    }
    with served(command, folder, site.port, {**environ, **service}):
        pages = Pages(site.origin, EACH, EACH | {walk.FILM}, inserted=EACH | {walk.FILM}, has_policy=True)
        follows_its_guide(browser, pages)
