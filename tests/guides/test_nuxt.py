"""Nuxt: its server renders the first page, which Vue hydrates in the browser."""

from playwright.sync_api import Browser

from tests.guides import snippets, walk
from tests.guides.npm import environment, project, run, write
from tests.guides.site import Site
from tests.guides.starters import NUXT
from tests.guides.walk import Pages, follows_its_guide
from tests.guides.web_server import served

FIRST = frozenset({walk.GOOGLE, walk.META, walk.HOTJAR, walk.OWN})
GTAG = "https://www.googletagmanager.com/gtag/js?id=G-ABC1234567"
NUXT_CONFIG = """export default defineNuxtConfig({
  compatibilityDate: "2026-11-01",
  telemetry: false,
  app: { head: {
    title: "Site",
    link: [{ rel: "icon", href: "data:," }],
    script: [{ src: "%(gtag)s", async: true }, { innerHTML: %(meta)s }],
  } },
})
"""
NUXT_APP = """<script setup>
%(start)s
onMounted(() => { %(hotjar)s })
%(when)s
</script>

<template>
  <nav><NuxtLink to="/">Home</NuxtLink> <NuxtLink to="/about">About</NuxtLink></nav>
  <NuxtPage />
  <footer>%(footer)s</footer>
</template>
"""
VUE_HOME = "<template><main>Welcome</main></template>"
VUE_ABOUT = """<script setup>
const film = `%(film)s`
</script>

<template><main><p>All about us</p>%(frame)s</main></template>
"""


def test_nuxt(browser: Browser, site: Site) -> None:
    words = site.words(
        "nuxt", plugin="server/plugins", frame="third-party video", footer="In the footer", when="wait for its group"
    )
    files = {
        "nuxt.config.ts": NUXT_CONFIG % {"gtag": GTAG, "meta": f"String.raw`{snippets.META_CODE}`"},
        "server/plugins/consent.ts": words["plugin"],
        "app/app.vue": NUXT_APP % words,
        "app/pages/index.vue": VUE_HOME,
        "app/pages/about.vue": VUE_ABOUT % words,
    }
    with project(NUXT) as folder:
        write(folder, files)
        run("npx nuxt build", folder)
        with served("node .output/server/index.mjs", folder, site.port, environment()):
            follows_its_guide(browser, Pages(site.origin, FIRST, FIRST | {walk.FILM}, in_place=True))
