"""Astro, with separate pages and with the router that swaps the next page into the current one."""

import pytest
from playwright.sync_api import Browser

from tests.guides import snippets, walk
from tests.guides.npm import environment, project, run, write
from tests.guides.site import Site
from tests.guides.starters import ASTRO
from tests.guides.walk import Pages, follows_its_guide
from tests.guides.web_server import served

FIRST = frozenset({walk.GOOGLE, walk.META, walk.HOTJAR, walk.OWN})
GTAG = "https://www.googletagmanager.com/gtag/js?id=G-ABC1234567"
ASTRO_LAYOUT = """---
%(imports)s
---
<!doctype html>
<html lang="en">
<head>
%(head)s
<meta charset="utf-8">
<title>Site</title>
<link rel="icon" href="data:,">
%(router)s
<script is:inline async src="%(gtag)s"></script>
<script is:inline>%(meta)s</script>
</head>
<body>
<nav><a href="/">Home</a> <a href="/about/">About</a></nav>
<slot />
<footer>%(footer)s</footer>
<script is:inline>%(start)s</script>
<script>%(hotjar)s</script>
%(when)s
</body>
</html>
"""
ASTRO_PAGE = '---\nimport Layout from "../layout.astro"\n---\n<Layout><main>%s</main></Layout>\n'


ROUTER = {"imports": 'import { ClientRouter } from "astro:transitions"', "router": "<ClientRouter />"}
ROUTERS = {"pages of their own": {"imports": "", "router": ""}, "ClientRouter": ROUTER}


@pytest.mark.parametrize("router", ROUTERS)
def test_astro(browser: Browser, site: Site, router: str) -> None:
    words = site.words("astro", head="first in the head", footer="In the footer", when="wait for its group")
    files = {
        "src/layout.astro": ASTRO_LAYOUT % (words | {"gtag": GTAG} | ROUTERS[router]),
        "src/pages/index.astro": ASTRO_PAGE % "Welcome",
        "src/pages/about.astro": ASTRO_PAGE % f"<p>All about us</p>{snippets.FILM}",
    }
    with project(ASTRO) as folder:
        write(folder, files)
        run("npx astro build", folder)
        with served(f"npx astro preview --port {site.port}", folder, site.port, environment()):
            follows_its_guide(
                browser, Pages(site.origin, FIRST, FIRST | {walk.FILM}, in_place=router == "ClientRouter")
            )
