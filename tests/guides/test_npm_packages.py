"""The npm packages in fresh projects of their frameworks: the docs' examples, as visitors in Germany see them."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.guides import snippets, walk
from tests.guides.npm import Starter, environment, project, run, write
from tests.guides.npm_packages import example, install
from tests.guides.site import Site, running_site
from tests.guides.starters import NEXT_APP, NUXT, PACKAGE, REACT_VITE, SVELTEKIT, VUE_VITE
from tests.guides.walk import Pages, follows_its_guide
from tests.guides.web_server import served

ROOT = Path(__file__).parents[2]
INSERTED = frozenset({walk.META, walk.HOTJAR})
TYPED = Starter(
    "",
    ("react@19.3.1", "@types/react@19.3.3", "vue@3.5.45", "svelte@5.57.3", "next@16.4.6", "@types/node@24.19.4"),
    (("package.json", PACKAGE),),
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Run a service that loads Google Analytics itself if the page's server hasn't written it."""
    with running_site(tmp_path_factory.mktemp("site"), ("google-analytics",)) as site:
        yield site


def _environment(site: Site) -> dict[str, str]:
    """Return the environment for the examples' servers: Node.js doesn't resolve names under localhost."""
    return environment() | {
        "CONSENT_INTERNAL_URL": site.service_url.replace("consent.localhost", "127.0.0.1"),
        "CONSENT_TOKEN": site.shop.token("decide").removeprefix("Bearer "),
        "DEFAULT_COUNTRY": "DE",
    }


def _blocker(site: Site, guide: str, words: str) -> str:
    """Return the first of a guide's lines, without the script, which the provider loads."""
    return re.sub(r"\n<script async [^>]*></script>$", "", site.step(guide, words))


def _head(html: str, blocker: str) -> str:
    return html.replace("<head>", f"<head>\n{blocker}", 1).replace("</head>", f"{snippets.META}\n</head>", 1)


def test_react(browser: Browser, site: Site) -> None:
    _follows_in_vite(browser, site, REACT_VITE, "react", _blocker(site, "react", "In index.html"))


def test_vue(browser: Browser, site: Site) -> None:
    _follows_in_vite(browser, site, VUE_VITE, "vue", _blocker(site, "vue", "In index.html"))


def _follows_in_vite(browser: Browser, site: Site, starter: Starter, name: str, blocker: str) -> None:
    with project(starter) as folder:
        html = _head((folder / "index.html").read_text("utf-8"), blocker)
        write(folder, example(name, site.service_url) | {"index.html": html})
        install(folder)
        run("npm run build", folder)
        with served(f"npm run preview -- --strictPort --port {site.port}", folder, site.port, environment()):
            # The service loads Google Analytics, which isn't in any page.
            _walk(browser, site, {walk.GOOGLE, walk.META, walk.HOTJAR})


def test_sveltekit(browser: Browser, site: Site) -> None:
    with project(SVELTEKIT) as folder:
        html = _head((folder / "src/app.html").read_text("utf-8"), _blocker(site, "sveltekit", "src/app.html"))
        write(folder, example("svelte", site.service_url) | {"src/app.html": html})
        install(folder)
        run("npm run build", folder)
        with served(f"npm run preview -- --strictPort --port {site.port}", folder, site.port, _environment(site)):
            _walk(browser, site, {walk.GOOGLE, walk.META, walk.HOTJAR})


def test_next(browser: Browser, site: Site) -> None:
    with project(NEXT_APP) as folder:
        write(folder, example("next", site.service_url))
        install(folder)
        run("npm run build", folder)
        with served(f"npm run start -- --port {site.port}", folder, site.port, _environment(site)):
            _walk(browser, site, {walk.GOOGLE, walk.HOTJAR})


def test_nuxt(browser: Browser, site: Site) -> None:
    with project(NUXT) as folder:
        write(folder, example("nuxt", site.service_url))
        install(folder)
        run("npx nuxt build", folder)
        with served("node .output/server/index.mjs", folder, site.port, _environment(site)):
            _walk(browser, site, {walk.GOOGLE, walk.HOTJAR})


def _walk(browser: Browser, site: Site, tags: set[str]) -> None:
    each = frozenset(tags)
    follows_its_guide(browser, Pages(site.origin, each, each | {walk.FILM}, inserted=each | {walk.FILM}, in_place=True))


USES = """
import { Gate, ConsentFrame, ConsentProvider, ChoicesLink, useConsent } from "@consent-server/react";
import { isAllowed, loadConsent, set, subscribe, when, withdraw, type Decision } from "@consent-server/core";
import { linesOf, visitOf } from "@consent-server/core/server";
import { createConsent, useConsent as useInVue } from "@consent-server/vue";
import { setupConsent, useConsent as useInSvelte } from "@consent-server/svelte";
import { consentOf, consentOfRequest, ConsentHead } from "@consent-server/next";
import { consentLines } from "@consent-server/nuxt";
import { createApp, type ShallowRef } from "vue";
import type { Readable } from "svelte/store";
import { createElement } from "react";

loadConsent({ service: "https://consent.example.com", site: "shop" });
// @ts-expect-error: the site is missing
loadConsent({ service: "https://consent.example.com" });
const kept: Promise<void> = when("analytics");
// @ts-expect-error: no such group
void when("statistics");
void set({ analytics: true }, { hotjar: false });
// @ts-expect-error: nobody chooses for what is essential
void set({ essential: true });
void withdraw("advertising");
const end: () => void = subscribe((decision: Decision | null) => console.log(isAllowed(decision, "ga4")));
const initial: Decision | null = (await visitOf({ service: "", site: "", token: "", headers: new Headers() })).decision;
const html: string | undefined = (await linesOf({ service: "", site: "" }))?.html;

createElement(ConsentProvider, { service: "", site: "", initial }, createElement(ChoicesLink));
createElement(Gate, { group: "analytics", fallback: "no" }, "yes");
// @ts-expect-error: a gate needs a group
createElement(Gate, {}, "yes");
createElement(ConsentFrame, { group: "functional", src: "https://a.example", title: "Film", className: "wide" });
// @ts-expect-error: a frame needs a title
createElement(ConsentFrame, { group: "functional", src: "https://a.example" });
const granted: boolean = useConsent().isGranted("analytics");

createApp({}).use(createConsent({ service: "", site: "", load: false }));
const inVue: Readonly<ShallowRef<Decision | null>> = useInVue().decision;
setupConsent({ service: "", site: "", initial });
const inSvelte: Readable<Decision | null> = useInSvelte().decision;
const allows: boolean = (await consentOf({ service: "", site: "", token: "", country: null })).allows("ga4");
void consentOfRequest(new Request("https://a.example"), { service: "", site: "", token: "" });
void ConsentHead({ service: "", site: "" });
consentLines({ service: "", site: "" });
export { allows, end, granted, html, inSvelte, inVue, kept };
"""
OPTIONS = {
    **{"strict": True, "noEmit": True, "module": "esnext", "moduleResolution": "bundler", "target": "es2022"},
    **{"lib": ["es2023", "dom", "dom.iterable"], "types": ["node"], "skipLibCheck": False},
}
RUN_TIME = """const names = {};
for (const name of %s) names[name] = Object.keys(await import(name));
console.log(JSON.stringify(names));"""
IN_NODE = ["core", "core/server", "next", "nuxt", "react", "vue"]


def test_types_are_those_of_the_code() -> None:
    """The exports in the types are those at run time, no more and no less, and wrong uses are errors."""
    with project(TYPED) as folder:
        install(folder)
        write(folder, {"names.mjs": RUN_TIME % json.dumps([f"@consent-server/{name}" for name in IN_NODE])})
        done = subprocess.run(["node", "names.mjs"], cwd=folder, env=environment(), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        names = json.loads(done.stdout)
        code = (folder / "node_modules/@consent-server/svelte/index.js").read_text("utf-8")
        names["@consent-server/svelte"] = re.findall(r"^export (?:function|\{ default as) (\w+)", code, re.MULTILINE)
        same = [
            f"const names{at}: Record<keyof typeof import('{name}'), true> = {json.dumps(dict.fromkeys(found, True))};"
            for at, (name, found) in enumerate(names.items())
        ]
        config = {"compilerOptions": OPTIONS, "files": ["uses.ts", "names.ts"]}
        write(
            folder, {"uses.ts": USES, "names.ts": "\n".join([*same, "export {};"]), "tsconfig.json": json.dumps(config)}
        )
        command = [f"{ROOT}/node_modules/.bin/tsc", "--project", "tsconfig.json", "--pretty", "false"]
        checked = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True)
        lines = [line for line in checked.stdout.splitlines() if "error TS" in line]
        # Errors in the frameworks' own types don't count.
        own = [line for line in lines if not line.startswith("node_modules/") or "@consent-server" in line]
        assert own == []
        assert (checked.returncode == 0) is (lines == []), checked.stdout + checked.stderr
