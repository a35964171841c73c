"""Position of this service's embed lines in a page, and which elements they block there."""

from collections.abc import Sequence
from dataclasses import dataclass

from consent.core.host_patterns import matches
from consent.runtime.blocking import RUN
from consent.scanner.health.html_elements import Part, read_parts
from consent.scanner.health.page_tags import CODE, FILE, SHEET, Place
from consent.sites.health_report import Subject

HELD_TAGS = ("script", "iframe", "img", "link")
"""Elements that the blocker takes the address from."""
WORKER = "text/partytown"


@dataclass(frozen=True)
class OurLines:
    """The parts of a page in their order, with the blocker and the line among them, where they are."""

    parts: Sequence[Part]
    blocker: Part | None
    line: Part | None

    @property
    def first(self) -> Part | None:
        """Return the part from which on something can be blocked."""
        return self.blocker or self.line

    def is_above(self, part: Part) -> bool:
        """Return whether `part` stands above all of our lines, so that it has run before."""
        return self.first is not None and self._at(part) < self._at(self.first)

    def with_blocker(self, subject: Subject) -> "OurLines":
        """Return how it would be with the lines that the site has now first in the page."""
        wanted = read_parts("", subject.lines["head"]).parts[0]
        return OurLines([wanted, *self.parts], wanted, self.line)

    def may_stop(self, part: Part) -> bool:
        """Return whether the blocker stops `part` above it: a script that the page does not wait for."""
        late = "async" in part.attributes or "defer" in part.attributes or part.type == "module"
        return self.blocker is not None and part.tag == "script" and bool(part.attributes.get("src")) and late

    def is_first(self) -> bool:
        """Return whether the blocker stands above the line."""
        return not (self.blocker and self.line) or self._at(self.blocker) < self._at(self.line)

    def holds(self, place: Place) -> bool:
        """Return whether what is at `place` waits for an answer, with our lines where they stand."""
        part = place.part
        if part.is_marked:
            return True
        if self.blocker is None or self.is_above(part) or place.way == SHEET or part.type == WORKER:
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
        """Return the entry of the blocker that counts for `address`, one with a path first; empty where none fits."""
        known = [*self._entries("data-hold"), *self._entries("data-run")]
        return max((one for one in known if matches(address, one)), key=lambda one: ("/" in one, len(one)), default="")

    def _entries(self, name: str) -> list[str]:
        return self.blocker.attributes.get(name, "").split() if self.blocker else []

    def _at(self, part: Part) -> int:
        return next(at for at, one in enumerate(self.parts) if one is part)


def blocker_of(parts: Sequence[Part], subject: Subject) -> Part | None:
    """Return the part that is the text of our blocker."""
    return next((part for part in parts if part.tag == "script" and part.text.strip() == subject.blocker), None)
