"""Position of this service's embed lines in a page, and which elements they block from there."""

from collections.abc import Sequence
from dataclasses import dataclass

from consent.core.host_patterns import matches
from consent.runtime.blocking import RUN
from consent.scanner.health.html_elements import Part, read_parts
from consent.scanner.health.page_tags import CODE, FILE, SHEET, Place
from consent.sites.health_report import Subject

HELD_TAGS = ("script", "iframe", "img", "link")
"""Elements from which the blocker removes the URL."""
WORKER = "text/partytown"


@dataclass(frozen=True)
class OurLines:
    """The parts of a page in order, and the blocker and the line among them, if present."""

    parts: Sequence[Part]
    blocker: Part | None
    line: Part | None

    @property
    def first(self) -> Part | None:
        """Return the part from which on elements can be blocked."""
        return self.blocker or self.line

    def is_above(self, part: Part) -> bool:
        """Return whether `part` is above all of our lines, so that it has already run."""
        return self.first is not None and self._index(part) < self._index(self.first)

    def with_blocker(self, subject: Subject) -> "OurLines":
        """Return the page as it would be with the site's current lines at the top."""
        wanted = read_parts("", subject.lines["head"]).parts[0]
        return OurLines([wanted, *self.parts], wanted, self.line)

    def may_stop(self, part: Part) -> bool:
        """Return whether the blocker can stop `part` above it: a script that the page doesn't wait for."""
        late = "async" in part.attributes or "defer" in part.attributes or part.type == "module"
        return self.blocker is not None and part.tag == "script" and bool(part.attributes.get("src")) and late

    def is_first(self) -> bool:
        """Return whether the blocker is above the line."""
        return not (self.blocker and self.line) or self._index(self.blocker) < self._index(self.line)

    def holds(self, place: Place) -> bool:
        """Return whether our lines, where they are, make the tag at `place` wait for an answer."""
        part = place.part
        if part.is_marked:
            return True
        if self.blocker is None or self.is_above(part) or place.way == SHEET or part.type == WORKER:
            return False
        if place.is_out_of_reach:
            return False
        is_code = place.way in (CODE, FILE)
        if not is_code and (part.tag not in HELD_TAGS or "stylesheet" in part.rel):
            return False
        entry = self._entry(place.known.sample)
        if entry:
            return entry in self._entries("data-hold")
        runs = self.blocker.attributes.get("data-unknown") == RUN
        return not runs and (is_code or part.tag in ("script", "iframe") or place.is_beacon or part.is_code_ahead)

    def _entry(self, address: str) -> str:
        """Return the blocker's entry that applies to `address`, preferring one with a path, or ""."""
        known = [*self._entries("data-hold"), *self._entries("data-run")]
        return max((one for one in known if matches(address, one)), key=lambda one: ("/" in one, len(one)), default="")

    def _entries(self, name: str) -> list[str]:
        return self.blocker.attributes.get(name, "").split() if self.blocker else []

    def _index(self, part: Part) -> int:
        return next(at for at, one in enumerate(self.parts) if one is part)


def blocker_of(parts: Sequence[Part], subject: Subject) -> Part | None:
    """Return the part that contains our blocker."""
    return next((part for part in parts if part.tag == "script" and part.text.strip() == subject.blocker), None)
