"""What must hold on every website that follows its guide, for a visitor in Germany."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from playwright.sync_api import Browser, expect

from tests.guides.visitor import Visitor

GOOGLE, META, HOTJAR = "www.googletagmanager.com", "connect.facebook.net", "static.hotjar.com"
FILM, LIBRARY, OWN = "www.youtube-nocookie.com", "code.jquery.com", "start"
"""What says that it ran: the hosts that pages name, and the code of a page that waits for `consent.when`."""

POLICY = ("Content Security Policy",)
"""What the console says of what a policy keeps out."""


class Pages(NamedTuple):
    """A website of two pages: the tags of each, and what is no tag and runs always."""

    origin: str
    first: frozenset[str]
    second: frozenset[str]
    always: frozenset[str] = frozenset()
    inserted: frozenset[str] = frozenset({META, HOTJAR})
    """What scripts put into the page: nothing asks for it while it is held, as a browser may for what the HTML names."""
    has_policy: bool = False
    """Whether the server sends a policy by choice: after a grant the console says what that of before keeps out."""
    in_place: bool = False
    """Whether the link changes the page that stands, so that the tags of the first are still there."""

    @property
    def after_link(self) -> frozenset[str]:
        return self.second | (self.first if self.in_place else frozenset())


def follows_its_guide(browser: Browser, pages: Pages) -> None:
    """Walk through the website as each visitor does. Raises AssertionError."""
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
    """Compare what ran in the present document: `tags` and what is no tag, each once."""
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
