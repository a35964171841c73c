"""SvelteKit: its server renders the first page, which the browser hydrates."""

from playwright.sync_api import Browser

from tests.guides import snippets, walk
from tests.guides.npm import environment, project, run, write
from tests.guides.site import Site
from tests.guides.starters import SVELTEKIT
from tests.guides.walk import Pages, follows_its_guide
from tests.guides.web_server import served

FIRST = frozenset({walk.GOOGLE, walk.META, walk.HOTJAR, walk.OWN})
SVELTE_LAYOUT = """<script>
  import { onMount } from "svelte"
  let { children } = $props()
  %(start)s
  onMount(() => { %(hotjar)s })
  %(when)s
</script>

<nav><a href="/">Home</a> <a href="/about">About</a></nav>
{@render children()}
<footer>%(footer)s</footer>
"""


def test_sveltekit(browser: Browser, site: Site) -> None:
    words = site.words(
        "sveltekit", head="src/app.html", frame="third-party video", footer="In the footer", when="wait for its group"
    )
    with project(SVELTEKIT) as folder:
        html = (folder / "src/app.html").read_text("utf-8")
        html = html.replace("<head>", f"<head>\n{words['head']}", 1)
        html = html.replace("</head>", f"{snippets.GOOGLE}\n{snippets.META}\n</head>", 1)
        files = {"src/app.html": html, "src/routes/+layout.svelte": SVELTE_LAYOUT % words}
        about = (
            f"<script>\n  const film = `{snippets.FILM}`\n</script>\n<main><p>All about us</p>{words['frame']}</main>"
        )
        pages = {"": "<main>Welcome</main>", "about/": about}
        write(folder, files | {f"src/routes/{name}+page.svelte": text for name, text in pages.items()})
        run("npm run build", folder)
        with served(f"npm run preview -- --strictPort --port {site.port}", folder, site.port, environment()):
            follows_its_guide(browser, Pages(site.origin, FIRST, FIRST | {walk.FILM}, in_place=True))
