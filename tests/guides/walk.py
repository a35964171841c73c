"""What must hold on every website that follows its guide, for a visitor in Germany."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from playwright.sync_api import Browser, expect

from tests.guides.visitor import Visitor

GOOGLE, META, HOTJAR = "www.googletagmanager.com", "connect.facebook.net", "static.hotjar.com"
FILM, LIBRARY, OWN = "www.youtube-nocookie.com", "code.jquery.com", "start"
"""The names under which things report that they ran: the pages' hosts, and code that waits for `consent.when`."""

POLICY = ("Content Security Policy",)
"""The console's words for what a policy blocked."""


class Pages(NamedTuple):
    """A website of two pages: the tags of each, and `always`, which isn't a tag and always runs."""

    origin: str
    first: frozenset[str]
    second: frozenset[str]
    always: frozenset[str] = frozenset()
    inserted: frozenset[str] = frozenset({META, HOTJAR})
    """Tags inserted by scripts: they aren't requested while held, whereas a browser may request what is in the HTML."""
    has_policy: bool = False
    """Whether the policy depends on the choice: after a grant, the console says what the earlier policy blocks."""
    in_place: bool = False
    """Whether the link changes the page in place, so that the first page's tags remain."""

    @property
    def after_link(self) -> frozenset[str]:
        return self.second | (self.first if self.in_place else frozenset())


def follows_its_guide(browser: Browser, pages: Pages) -> None:
    """Walk through the website as each kind of visitor. Raises AssertionError."""
    for walk in (_refuse, _refuse_on_the_second, _accept, _accept_on_the_second, _withdraw):
        with _visitor(browser) as visitor:
            walk(visitor, pages)
            expected = POLICY if pages.has_policy and visitor.has_granted else ()
            errors = [error for error in visitor.errors if not any(part in error for part in expected)]
            assert errors == [], f"{walk.__name__}: {errors}"


def _refuse(visitor: Visitor, pages: Pages) -> None:
    _begin(visitor, pages)
    visitor.answer("Reject all")
    _ran(visitor, pages, frozenset())
    expect(visitor.page.locator("[data-choices-link]").first).to_contain_text("Privacy choices")
    _look_at_both(visitor, pages)


def _refuse_on_the_second(visitor: Visitor, pages: Pages) -> None:
    _begin(visitor, pages)
    _to_second(visitor)
    visitor.sees_question()
    _ran(visitor, pages, frozenset())
    visitor.answer("Reject all")
    _ran(visitor, pages, frozenset())
    _look_at_both(visitor, pages)


def _look_at_both(visitor: Visitor, pages: Pages) -> None:
    visitor.visit(pages.origin + "/")
    _ran(visitor, pages, frozenset())
    _to_second(visitor)
    _ran(visitor, pages, frozenset())
    visitor.page.reload()
    visitor.settle()
    _ran(visitor, pages, frozenset())


def _accept(visitor: Visitor, pages: Pages) -> None:
    _begin(visitor, pages)
    _grant(visitor)
    _ran(visitor, pages, pages.first)
    _to_second(visitor)
    _ran(visitor, pages, pages.after_link)
    visitor.page.reload()
    _ran(visitor, pages, pages.second)


def _accept_on_the_second(visitor: Visitor, pages: Pages) -> None:
    _begin(visitor, pages)
    _to_second(visitor)
    _grant(visitor)
    _ran(visitor, pages, pages.after_link)
    visitor.visit(pages.origin + "/")
    _ran(visitor, pages, pages.first)


def _withdraw(visitor: Visitor, pages: Pages) -> None:
    _begin(visitor, pages)
    _grant(visitor)
    _ran(visitor, pages, pages.first)
    visitor.page.evaluate("void consent.withdraw()")
    visitor.page.wait_for_function("window.consent?.get && !consent.get().groups.analytics.granted")
    visitor.visit(pages.origin + "/")
    _ran(visitor, pages, frozenset())


def _grant(visitor: Visitor) -> None:
    visitor.has_granted = True
    visitor.answer("Accept all")


def _begin(visitor: Visitor, pages: Pages) -> None:
    visitor.visit(pages.origin + "/")
    visitor.sees_question()
    _ran(visitor, pages, frozenset())


def _to_second(visitor: Visitor) -> None:
    visitor.follow("About", "All about us")


def _ran(visitor: Visitor, pages: Pages, tags: frozenset[str]) -> None:
    """Check that exactly `tags` and what always runs have run in the current document, each once."""
    expected = tags | pages.always
    visitor.waits_for(expected)
    if not tags and not visitor.has_granted:
        assert not visitor.asked & pages.inserted
    assert visitor.ran == Counter(expected), f"ran {dict(visitor.ran)}, not {sorted(expected)}; {visitor.errors}"


@contextmanager
def _visitor(browser: Browser) -> Iterator[Visitor]:
    context = browser.new_context()
    yield Visitor(context)
    context.close()
