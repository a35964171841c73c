"""React and Vue in Vite: pages that start as one HTML file, with a router that changes them in place."""

from playwright.sync_api import Browser

from tests.guides import snippets, walk
from tests.guides.npm import Starter, environment, project, run, write
from tests.guides.site import Site
from tests.guides.starters import REACT_VITE, VUE_VITE
from tests.guides.walk import Pages, follows_its_guide
from tests.guides.web_server import served

FIRST = frozenset({walk.GOOGLE, walk.META, walk.HOTJAR, walk.OWN})
REACT_MAIN = """import { createRoot } from 'react-dom/client'
import { BrowserRouter } from 'react-router'
import App from './App.jsx'

createRoot(document.getElementById('root')).render(<BrowserRouter><App /></BrowserRouter>)
"""
REACT_APP = """import { useEffect } from 'react'
import { Link, Route, Routes } from 'react-router'

%(start)s
function hotjar() { %(hotjar)s }

export default function App() {
  useEffect(hotjar, [])
  %(when)s
  return (
    <>
      <nav><Link to="/">Home</Link> <Link to="/about">About</Link></nav>
      <Routes>
        <Route path="/" element={<main>Welcome</main>} />
        <Route path="/about" element={<main><p>All about us</p>%(film)s</main>} />
      </Routes>
      <footer>%(footer)s</footer>
    </>
  )
}
"""
VUE_APP = """<script setup>
import { onMounted } from 'vue'

%(start)s
onMounted(() => { %(hotjar)s })
%(when)s
</script>

<template>
  <nav><RouterLink to="/">Home</RouterLink> <RouterLink to="/about">About</RouterLink></nav>
  <RouterView />
  <footer>%(footer)s</footer>
</template>
"""
VUE_HOME = "<template><main>Welcome</main></template>"
VUE_ABOUT = f"<template><main><p>All about us</p>{snippets.FILM}</main></template>"


def test_react(browser: Browser, site: Site) -> None:
    words = site.words("react", when="wait for its group", footer="In the footer")
    files = {"src/main.jsx": REACT_MAIN, "src/App.jsx": REACT_APP % words}
    _follows(browser, site, REACT_VITE, files, site.step("react", "In index.html"))


def test_vue(browser: Browser, site: Site) -> None:
    words = site.words("vue", when="in Vue", footer="In the footer")
    files = {
        "src/App.vue": VUE_APP % words,
        "src/views/HomeView.vue": VUE_HOME,
        "src/views/AboutView.vue": VUE_ABOUT,
    }
    _follows(browser, site, VUE_VITE, files, site.step("vue", "In index.html"))


def _follows(browser: Browser, site: Site, starter: Starter, files: dict[str, str], head: str) -> None:
    with project(starter) as folder:
        html = (folder / "index.html").read_text("utf-8")
        html = html.replace("<head>", f"<head>\n{head}", 1)
        html = html.replace("</head>", f"{snippets.GOOGLE}\n{snippets.META}\n</head>", 1)
        write(folder, files | {"index.html": html})
        run("npm run build", folder)
        with served(f"npm run preview -- --strictPort --port {site.port}", folder, site.port, environment()):
            follows_its_guide(browser, Pages(site.origin, FIRST, FIRST | {walk.FILM}, in_place=True))
