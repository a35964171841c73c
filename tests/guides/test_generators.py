"""Debian's Jekyll and Hugo: static pages."""

import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.guides import snippets, walk
from tests.guides.site import Site
from tests.guides.static_server import serving_folder
from tests.guides.walk import Pages, follows_its_guide

EACH = frozenset({walk.GOOGLE, walk.META, walk.HOTJAR, walk.OWN})
TAGS = "\n".join((snippets.LIBRARY, snippets.GOOGLE, snippets.META, snippets.HOTJAR))
LAYOUT = f"""<!doctype html>
<html lang="en">
<head>
%(head)s
<meta charset="utf-8"><title>Site</title><link rel="icon" href="data:,">
{TAGS}
<script>{snippets.START}
%(when)s</script>
</head>
<body><nav><a href="/">Home</a> <a href="/about/">About</a></nav><main>%(content)s</main><footer>%(footer)s</footer></body>
</html>
"""
ABOUT = f"<p>All about us</p>{snippets.FILM}"


def test_jekyll(browser: Browser, site: Site, tmp_path: Path) -> None:
    words = site.words("jekyll", head="_layouts/default.html", footer="In the footer", when="wait for its group")
    _run("jekyll", "new", "--blank", str(tmp_path / "site"))
    files = {
        "_layouts/default.html": LAYOUT % (words | {"content": "{{ content }}"}),
        "index.md": "---\nlayout: default\n---\nWelcome\n",
        "about.html": f"---\nlayout: default\npermalink: /about/\n---\n{ABOUT}\n",
    }
    _write(tmp_path / "site", files)
    _run("jekyll", "build", "--source", str(tmp_path / "site"), "--destination", str(tmp_path / "built"))
    _follows(browser, site, tmp_path / "built")


def test_hugo(browser: Browser, site: Site, tmp_path: Path) -> None:
    words = site.words(
        "hugo", lines="new file consent.html", head="baseof.html", footer="In the footer", when="wait for its group"
    )
    _run("hugo", "new", "site", str(tmp_path / "site"))
    files = {
        "consent.html": words["lines"],
        "layouts/_default/baseof.html": LAYOUT % (words | {"content": '{{ block "main" . }}{{ end }}'}),
        "layouts/index.html": '{{ define "main" }}Welcome{{ end }}',
        "layouts/_default/single.html": f'{{{{ define "main" }}}}{ABOUT}{{{{ end }}}}',
        "content/about.md": "---\ntitle: About\n---\n",
    }
    _write(tmp_path / "site", files)
    _run("hugo", "--minify", "--source", str(tmp_path / "site"), "--destination", str(tmp_path / "built"))
    _follows(browser, site, tmp_path / "built")


def _follows(browser: Browser, site: Site, built: Path) -> None:
    with serving_folder(built, site.port):
        follows_its_guide(browser, Pages(site.origin, EACH, EACH | {walk.FILM}, frozenset({walk.LIBRARY})))


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


def _run(program: str, *arguments: str) -> None:
    if not shutil.which(program):
        pytest.fail(f"{program} is missing: sudo apt-get install --no-install-recommends {program}", pytrace=False)
    done = subprocess.run([program, *arguments], text=True, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
