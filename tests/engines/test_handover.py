"""A choice carried between domains, identical in Chromium, Firefox and WebKit, without third-party cookies."""

import time
from collections.abc import Iterator

import pytest

from tests.engines.engine import Visitor
from tests.handovers import Websites
from tests.wsgi_server import serving

pytestmark = pytest.mark.app

READY = "window.consent && consent.get && consent.get().show"
CODES = "performance.getEntriesByType('resource').filter(({name}) => name.endsWith('/handovers')).length"
RUNS = "consent.get().allowed_tags.filter((id) => id !== 'session').sort().join()"
ALL = "ads,chat,ga"


@pytest.fixture
def sites(tmp_path) -> Iterator[Websites]:
    made = Websites(tmp_path)
    with serving(made.serve) as port:
        made.open(port)
        made.pages["shop", "/"] = f"<h1>A</h1><p><a role=button href='{made.b}/page#part'>Brand B</a>"
        made.pages["shop", "/redirect"] = f"<h1>A</h1><p><a role=button href='{made.b}/moved'>Brand B</a>"
        yield made
    made.shop.service.close()


def choose(visitor: Visitor, address: str, words: str) -> None:
    visitor.visit(address)
    visitor.wait(READY)
    visitor.press_button(words)
    visitor.wait(
        "consent.get().choice && document.cookie.includes('consent_shop=') && !document.cookie.includes('_queue')"
    )


def ready(visitor: Visitor, codes: int = 1) -> None:
    """Focus the link and wait for its code, which the script gets shortly after the response."""
    visitor.see("void document.querySelector('a').blur()")
    visitor.see("void document.querySelector('a').focus()")
    visitor.wait(f"{CODES} >= {codes}")
    time.sleep(0.1)


@pytest.mark.parametrize("how", ["click", "key", "script"])
def test_a_grant_goes_along_by_a_click_by_keys_and_by_a_script(visitor: Visitor, sites: Websites, how: str) -> None:
    choose(visitor, f"{sites.a}/", "Accept all")
    if how == "script":
        visitor.see(f"void consent.handover('{sites.b}/page#part').then((address) => (location.href = address))")
    else:
        ready(visitor)
        if how == "key":
            visitor.press_key("Enter")
        else:
            visitor.press_button("Brand B")
    visitor.wait("location.pathname === '/page'")
    visitor.wait(f"{READY} && {RUNS} === '{ALL}'")
    assert visitor.see("location.hash") == "#part"
    # Back and forward: the choice stays, and the code isn't redeemed again.
    visitor.see("void setTimeout(() => history.back())")
    visitor.wait("location.pathname === '/'")
    visitor.see("void setTimeout(() => history.forward())")
    visitor.wait(f"location.pathname === '/page' && {READY} && {RUNS} === '{ALL}'")


def test_a_refusal_goes_along_over_a_redirect(visitor: Visitor, sites: Websites) -> None:
    choose(visitor, f"{sites.a}/redirect", "Reject all")
    ready(visitor)
    visitor.press_button("Brand B")
    visitor.wait("location.host.startsWith('brand-b') && location.pathname === '/'")
    visitor.wait(f"{READY} && consent.get().groups.analytics.reason === 'refused'")
    assert visitor.see("[location.hash, document.cookie.includes('consent_brand-b=v1.')]") == ["", True]
    assert not visitor.has_button("Accept all")


def test_a_service_on_a_domain_of_its_own_sets_no_cookie_and_the_choice_goes_along(
    visitor: Visitor, sites: Websites
) -> None:
    port = sites.a.rpartition(":")[2]
    sites.lines = f'<script async src="http://consent.localhost:{port}/b/{{site}}.js"></script>'
    choose(visitor, f"{sites.a}/", "Accept all")
    ready(visitor)
    visitor.press_button("Brand B")
    visitor.wait("location.pathname === '/page'")
    visitor.wait(f"{READY} && {RUNS} === '{ALL}'")
    assert visitor.see("document.cookie.includes('consent_brand-b=v1.')")


def test_a_choice_that_changed_since_the_code_was_asked_is_carried_as_it_is_now(
    visitor: Visitor, sites: Websites
) -> None:
    choose(visitor, f"{sites.a}/", "Reject all")
    ready(visitor)
    visitor.see("void consent.set({functional: true, analytics: true, advertising: true})")
    visitor.wait(f"{RUNS} === '{ALL}' && !document.cookie.includes('_queue')")
    ready(visitor, 2)
    visitor.press_button("Brand B")
    visitor.wait("location.pathname === '/page'")
    visitor.wait(f"{READY} && {RUNS} === '{ALL}'")
