"""Scripts that a speed plugin delays under its own type and runs one after the other."""

import pytest
from playwright.sync_api import Page

from tests.banner.blocker import blocker, stranger
from tests.banner.payload import choice
from tests.banner.service import LINE, Service

pytestmark = pytest.mark.extended

PLUGINS = {
    "WP Rocket": ("rocketlazyloadscript", "data-rocket-src", 'data-rocket-type="text/javascript"'),
    "WP Rocket before 3.13": ("rocketlazyloadscript", "src", ""),
    "LiteSpeed Cache": ("litespeed/javascript", "data-src", ""),
    "Perfmatters": ("pmdelayedscript", "src", 'data-perfmatters-type="text/javascript"'),
    "Rocket Loader": ("0123456789abcdef01234567-text/javascript", "src", ""),
}
"""The script type, the URL attribute and other attributes that each plugin writes, from pages made with it."""
LOADER = """<script>
async function runDelayed() {
  for (const old of document.querySelectorAll("script[type='@type']"))
    await new Promise((resolve) => {
      const script = document.createElement("script");
      script.onload = script.onerror = resolve;
      for (const { name, value } of old.attributes)
        if (name !== "type") script.setAttribute(name === "@source" ? "src" : name, value);
      if (!script.src) {
        script.text = old.text;
        resolve();
      }
      old.replaceWith(script);
    });
}
</script>"""
ALL = "{functional: true, analytics: true, advertising: true}"
CONFIGURED = "(window.ran = window.ran || []).push('config')"


def open_page(page: Page, service: Service, plugin: str) -> None:
    """Open a page with scripts that wait for `runDelayed`: an own one, inline code, a foreign one, another own one."""
    kind, source, more = PLUGINS[plugin]
    own, odd = "/vendor/own.js", f"{stranger(service)}/vendor/odd.js"
    body = "".join(
        f'<script type="{kind}" {more} {inside}</script>'
        for inside in (f'{source}="{own}">', f">{CONFIGURED}", f'{source}="{odd}">', f'{source}="/vendor/last.js">')
    )
    loader = LOADER.replace("@type", kind).replace("@source", source)
    page.goto(service.page(f"<p>words{body}{loader}", head=blocker() + LINE))
    page.wait_for_function("window.consent?.get && (window.ran || []).includes('session')")


def ran(page: Page) -> list[str]:
    """Return the page's scripts that have run, in order."""
    names: list[str] = page.evaluate("ran.filter(name => ['own', 'config', 'odd', 'last'].includes(name))")
    return names


@pytest.mark.parametrize("plugin", PLUGINS)
def test_held_scripts_block_nothing_else(page: Page, service: Service, plugin: str) -> None:
    open_page(page, service, plugin)
    page.evaluate("runDelayed()")
    assert ran(page) == ["own", "config", "last"]
    page.evaluate(f"consent.set({ALL})")
    page.wait_for_function("ran.includes('odd') && ran.includes('ads')")
    assert ran(page) == ["own", "config", "last", "odd"]
    assert page.evaluate("document.querySelector('script[src*=odd]').type") in ("", "text/javascript")


@pytest.mark.parametrize("plugin", PLUGINS)
def test_allowed_scripts_run_once_with_the_rest(page: Page, service: Service, plugin: str) -> None:
    service.visit_with(page, choice("111"))
    open_page(page, service, plugin)
    page.wait_for_function("ran.includes('ads')")
    assert ran(page) == []
    page.evaluate("runDelayed()")
    page.wait_for_function("ran.includes('odd') && ran.includes('last')")
    assert sorted(ran(page)) == ["config", "last", "odd", "own"]
    assert ran(page).index("config") < ran(page).index("odd")
