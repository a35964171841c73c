"""Where our lines stand in a page, and what of it they hold there, as banner/blocker.js reads its own attributes."""

from collections.abc import Sequence
from dataclasses import dataclass

from consent.core.addresses import matches
from consent.scan.page_parts import Part, read_parts
from consent.scan.page_tags import CODE, FILE, SHEET, Place
from consent.snapshots.blocking import RUN
from consent.snapshots.site_health import Subject

HELD_TAGS = ("script", "iframe", "img", "link")
"""Elements that the blocker takes the address from."""
WORKER = "text/partytown"


@dataclass(frozen=True)
class Standing:
    """The parts of a page in their order, with the blocker and the line among them, where they are."""

    parts: Sequence[Part]
    blocker: Part | None
    line: Part | None

    @property
    def first(self) -> Part | None:
        """Return the part from which on something can be held."""
        return self.blocker or self.line

    def is_above(self, part: Part) -> bool:
        """Tell whether `part` stands above all of ours, so that it has run before."""
        return self.first is not None and self._at(part) < self._at(self.first)

    def with_blocker(self, subject: Subject) -> "Standing":
        """Return how it would be with the lines that the site has now first in the page."""
        wanted = read_parts("", subject.lines["head"]).parts[0]
        return Standing([wanted, *self.parts], wanted, self.line)

    def may_stop(self, part: Part) -> bool:
        """Tell whether the blocker stops `part` above it, unless it has begun: a script that the page does not wait for."""
        late = "async" in part.attributes or "defer" in part.attributes or part.type == "module"
        return self.blocker is not None and part.tag == "script" and bool(part.attributes.get("src")) and late

    def is_first(self) -> bool:
        """Tell whether the blocker stands above the line."""
        return not (self.blocker and self.line) or self._at(self.blocker) < self._at(self.line)

    def holds(self, place: Place) -> bool:
        """Tell whether what is at `place` waits for an answer, with our lines where they stand."""
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
        """Return the longest entry of the blocker that fits `address`; empty where none does."""
        known = [*self._entries("data-hold"), *self._entries("data-run")]
        return max((one for one in known if matches(address, one)), key=len, default="")

    def _entries(self, name: str) -> list[str]:
        return self.blocker.attributes.get(name, "").split() if self.blocker else []

    def _at(self, part: Part) -> int:
        return next(at for at, one in enumerate(self.parts) if one is part)


def blocker_of(parts: Sequence[Part], subject: Subject) -> Part | None:
    """Return the part that is the text of our blocker."""
    return next((part for part in parts if part.tag == "script" and part.text.strip() == subject.blocker), None)
