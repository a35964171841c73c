"""The compared pages: one without a banner, two with only ten vendors' tags, ours, and four peers from npm."""

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

PEERS = {
    "vanilla-cookieconsent": "3.1.0",
    "klaro": "0.7.22",
    "orejime": "3.2.1",
    "tarteaucitronjs": "1.34.0",
}
TAGS = "the ten tags alone"
TOGETHER = "the ten tags at once"
VENDORS = [f"vendor-{number}" for number in range(10)]
_ADDRESSES = json.dumps([f"/vendor/{name}.js" for name in VENDORS])
WORDS = "<h1>A page</h1>" + "<p>Words of a page that somebody wants to read.</p>" * 40


@dataclass(frozen=True, slots=True)
class Subject:
    """One page: the contents of its head and body, and selectors for its banner and its accept and refuse buttons."""

    name: str
    head: str
    layer: str = ""
    accept: str = ""
    refuse: str = ""
    body: str = ""
    files: dict[str, Path] = field(default_factory=dict)

    def page(self) -> bytes:
        """Return the whole page."""
        head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Page</title>{self.head}'
        return f"{head}<body>{WORDS}{self.body}</body></html>".encode()


def install(folder: Path) -> Path:
    """Install the peers into `folder` by npm, in the versions listed here, and return their folder."""
    (folder / "package.json").write_text('{"private": true}')
    wanted = [f"{name}@{version}" for name, version in PEERS.items()]
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--omit=dev", *wanted]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / "node_modules"


def subjects(modules: Path) -> list[Subject]:
    """Return every page: first the one without a banner, then those whose tags aren't blocked."""
    return [
        Subject("no banner", ""),
        tags_alone(),
        tags_at_once(),
        ours(),
        vanilla(modules),
        klaro(modules),
        orejime(modules),
        tarteaucitron(modules),
    ]


def tags_alone() -> Subject:
    """Return the page that adds the ten tags itself: the script time that every returning visitor has."""
    one = "document.head.append(Object.assign(document.createElement('script'), {src: name}))"
    return _scripted_subject(TAGS, f"for (const name of {_ADDRESSES}) {one}")


def tags_at_once() -> Subject:
    """Return the page that adds the tags all at once, which takes the browser less time: the least that we know of."""
    made = f"{_ADDRESSES}.map(src => Object.assign(document.createElement('script'), {{src}}))"
    return _scripted_subject(TOGETHER, f"document.head.append(...{made})")


def _scripted_subject(name: str, adding: str) -> Subject:
    return Subject(name, f"<script>addEventListener('DOMContentLoaded', () => {{ {adding} }})</script>")


def ours() -> Subject:
    """Return the page with our single line."""
    line = '<script async src="/b/demo.js"></script>'
    return Subject("ours", line, "section[role=region]", "text=Accept all", "text=Reject all")


def vanilla(modules: Path) -> Subject:
    """Return vanilla-cookieconsent's page: script, style sheet, configuration."""
    dist = modules / "vanilla-cookieconsent" / "dist"
    modal = {"title": "Cookies", "description": "We use cookies.", "acceptAllBtn": "Accept all"}
    modal |= {"acceptNecessaryBtn": "Reject all", "showPreferencesBtn": "Settings"}
    sections = [{"title": "Analytics", "description": "Measures.", "linkedCategory": "analytics"}]
    preferences: dict[str, object] = {
        "title": "Settings",
        "acceptAllBtn": "Accept all",
        "acceptNecessaryBtn": "Reject all",
    }
    preferences |= {"savePreferencesBtn": "Save", "sections": sections}
    services = {name: {"label": name} for name in VENDORS}
    config = {
        "hideFromBots": False,  # it would show nothing to an automated browser
        "categories": {"necessary": {"enabled": True, "readOnly": True}, "analytics": {"services": services}},
        "language": {"default": "en", "translations": {"en": {"consentModal": modal, "preferencesModal": preferences}}},
    }
    marked = "".join(
        f'<script type="text/plain" data-category="analytics" data-service="{name}" data-src="/vendor/{name}.js">'
        "</script>"
        for name in VENDORS
    )
    return Subject(
        "vanilla-cookieconsent",
        '<link rel="stylesheet" href="/vanilla/cookieconsent.css">'
        '<script defer src="/vanilla/cookieconsent.umd.js"></script>'
        f"<script>addEventListener('DOMContentLoaded', () => CookieConsent.run({json.dumps(config)}))</script>",
        "#cc-main .cm",
        "#cc-main .cm [data-role=all]",
        "#cc-main .cm [data-role=necessary]",
        marked,
        {f"/vanilla/{name}": dist / name for name in ("cookieconsent.css", "cookieconsent.umd.js")},
    )


def klaro(modules: Path) -> Subject:
    """Return klaro's page: a single file with the style sheet and all languages."""
    services = [{"name": name, "title": name, "purposes": ["analytics"]} for name in VENDORS]
    config = {"version": 1, "acceptAll": True, "lang": "en", "services": services}
    config["translations"] = {"en": {"privacyPolicyUrl": "/privacy", "purposes": {"analytics": {"title": "Analytics"}}}}
    marked = "".join(
        f'<script type="text/plain" data-type="application/javascript" data-name="{name}" data-src="/vendor/{name}.js">'
        "</script>"
        for name in VENDORS
    )
    return Subject(
        "klaro",
        f'<script>var klaroConfig = {json.dumps(config)}</script><script defer src="/klaro/klaro.js"></script>',
        ".klaro .cookie-notice",
        ".klaro .cm-btn-success",
        ".klaro .cn-decline",
        marked,
        {"/klaro/klaro.js": modules / "klaro" / "dist" / "klaro.js"},
    )


def orejime(modules: Path) -> Subject:
    """Return orejime's page: script for one language, style sheet, configuration."""
    dist = modules / "orejime" / "dist"
    purposes = [{"id": name, "title": name, "description": "Measures.", "cookies": []} for name in VENDORS]
    config = {"purposes": purposes, "privacyPolicyUrl": "/privacy"}
    marked = "".join(
        f'<template data-purpose="{name}"><script src="/vendor/{name}.js"></script></template>' for name in VENDORS
    )
    return Subject(
        "orejime",
        '<link rel="stylesheet" href="/orejime/orejime-standard.css">'
        f"<script>window.orejimeConfig = {json.dumps(config)}</script>"
        '<script defer src="/orejime/orejime-standard-en.js"></script>',
        ".orejime-Banner",
        ".orejime-Banner-saveButton",
        ".orejime-Banner-declineButton",
        marked,
        {f"/orejime/{name}": dist / name for name in ("orejime-standard.css", "orejime-standard-en.js")},
    )


def tarteaucitron(modules: Path) -> Subject:
    """Return tarteaucitron's page: its script fetches style sheet, language and services itself."""
    folder = modules / "tarteaucitronjs"
    services = "".join(
        f"tarteaucitron.services['{name}'] = {{key: '{name}', type: 'analytic', name: '{name}', uri: '/', needConsent: true,"
        f" cookies: [], js() {{ tarteaucitron.addScript('/vendor/{name}.js') }}}};"
        f"(tarteaucitron.job = tarteaucitron.job || []).push('{name}');"
        for name in VENDORS
    )
    start = "tarteaucitron.init({orientation: 'bottom', DenyAllCta: true, AcceptAllCta: true, highPrivacy: true});"
    return Subject(
        "tarteaucitron",
        '<script src="/tac/tarteaucitron.min.js"></script><script>var tarteaucitronForceLanguage = "en";'
        f"{start} tarteaucitron.services = tarteaucitron.services || {{}}; {services}</script>",
        "#tarteaucitronAlertBig",
        "#tarteaucitronPersonalize2",
        "#tarteaucitronAllDenied2",
        "",
        {f"/tac/{path.relative_to(folder)}": path for path in folder.rglob("*") if path.suffix in (".js", ".css")},
    )
