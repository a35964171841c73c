"""Angular: its server renders the first page, which the browser hydrates."""

from playwright.sync_api import Browser

from tests.guides import snippets, walk
from tests.guides.npm import environment, project, run, write
from tests.guides.site import Site
from tests.guides.starters import ANGULAR
from tests.guides.walk import Pages, follows_its_guide
from tests.guides.web_server import served

FIRST = frozenset({walk.GOOGLE, walk.META, walk.HOTJAR, walk.OWN})
ANGULAR_APP = """// @ts-nocheck: what vendors tell is no TypeScript
import { afterNextRender, Component } from '@angular/core'
import { RouterLink, RouterOutlet } from '@angular/router'

%(start)s

@Component({
  imports: [RouterLink, RouterOutlet],
  selector: 'app-root',
  template: `<nav><a routerLink="/">Home</a> <a routerLink="/about">About</a></nav>
    <router-outlet /><footer>%(footer)s</footer>`,
})
export class App {
  constructor() {
    const window: any = globalThis
    afterNextRender(() => { %(hotjar)s })
    %(when)s
  }
}
"""
ANGULAR_ROUTES = """import { Component } from '@angular/core'
import { Routes } from '@angular/router'

@Component({ template: '<main>Welcome</main>' })
class Home {}

@Component({ %(skip)s template: '<main><p>All about us</p>%(film)s</main>' })
class About {}

export const routes: Routes = [{ path: '', component: Home }, { path: 'about', component: About }]
"""


def test_angular(browser: Browser, site: Site) -> None:
    words = site.words("vue", head="In index.html", skip="video or map", footer="In the footer", when="In Angular")
    with project(ANGULAR) as folder:
        html = (folder / "src/index.html").read_text("utf-8")
        html = html.replace("<head>", f"<head>\n{words['head']}", 1)
        html = html.replace("</head>", f"{snippets.GOOGLE}\n{snippets.META}\n</head>", 1)
        routes = ANGULAR_ROUTES % words
        write(folder, {"src/index.html": html, "src/app/app.ts": ANGULAR_APP % words, "src/app/app.routes.ts": routes})
        run("npm run build", folder)
        environ = environment() | {"NG_ALLOWED_HOSTS": "localhost"}
        with served("node dist/site/server/server.mjs", folder, site.port, environ):
            follows_its_guide(browser, Pages(site.origin, FIRST, FIRST | {walk.FILM}, in_place=True))
