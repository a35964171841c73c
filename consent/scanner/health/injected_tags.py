"""Health check for tags that a CDN or a plugin inserts into pages ahead of the site's own content."""

from collections.abc import Iterator, Sequence

from consent.classifier.own_host.judge import page_marks
from consent.classifier.own_host.signatures import load_signatures
from consent.core.translatable import translatable
from consent.scanner.health.html_elements import Part
from consent.scanner.health.our_lines import OurLines
from consent.scanner.health.page_tags import Place
from consent.sites.health_report import ERROR, Finding


def check_injected(parts: Sequence[Part], places: Sequence[Place], our_lines: OurLines) -> Iterator[Finding]:
    """Yield a tag that an intermediary inserted above our lines, which can't be placed before it."""
    marked = [(one.name, part) for part in parts if part.text for one in page_marks(part.text, load_signatures())]
    proxied = [(place.known.name, place.part) for place in places if place.known.mount and not place.part.is_marked]
    for name, part in [*marked, *(proxied if marked else [])]:
        if our_lines.first is None or our_lines.is_above(part):
            sentence = translatable(
                f"A CDN or plugin injects {name} above the page's own head, for browsers only, so "
                "neither the blocker nor a mark can come before it. Turn off Set up tag of the tag "
                "gateway there, and load the tag from the page. Or have the server send a policy "
                "with a nonce, which the injected scripts lack."
            )
            yield Finding("injected", ERROR, sentence)
            return
