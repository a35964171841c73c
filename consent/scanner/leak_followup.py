"""Track earlier leaks: they stay open until a scan revisits their page, region and situation."""

import json
from collections.abc import Collection, Iterable

from consent.core.groups import ESSENTIAL
from consent.scanner.model.scan_result import ScanResult, VisitResult
from consent.storage.scans.scans import REPORTED, StoredFinding

MAX_PAGES = 20
MAX_REGIONS = 10
Place = tuple[str, str, str]
"""A situation, a region (empty for the scanner's own location) and a page."""


class ScanCoverage:
    """What a scan covered: the situations, regions and pages for which the absence of a finding is meaningful.

    It isn't meaningful for the kinds in `cut_off`, of which the scan found more items than it records.
    """

    def __init__(self, result: ScanResult, cut_off: Collection[str] = ()) -> None:
        self._cut_off = cut_off
        self._is_complete = bool(result["is_complete"])
        pages = [page for visit in result["visits"] for page in visit["pages"]]
        self._is_whole = bool(result["is_whole"]) and not any(page["left_out"] for page in pages)
        self._places: set[Place] = set()
        for visit in result["visits"]:
            if _is_in_its_state(visit):
                seen = [page["url"] for page in visit["pages"] if page["problem"] is None and not page["left_out"]]
                self._places |= {(visit["state"], visit["region"] or "", url) for url in seen}

    def has_visited(self, place: Place) -> bool:
        """Return whether `place` was visited; without a region, any region counts."""
        situation, region, page = place
        if region:
            return place in self._places
        return any((one[0], one[2]) == (situation, page) for one in self._places)

    def confirms_absence(self, before: StoredFinding) -> bool:
        """Return whether a finding that wasn't found again is gone, as far as this scan can tell.

        That requires a complete scan of each situation in which it was found, on its page or on every page of the site.
        """
        if not self._is_complete or before.kind in self._cut_off or self.unvisited_places(before):
            return False
        states = before.situations.split(",") if before.situations else []
        if self._is_whole or not before.page:
            return {*states} <= {state for state, _, _ in self._places}
        return all(self.has_visited((state, "", before.page)) for state in states)

    def unvisited_places(self, before: StoredFinding) -> list[Place]:
        """Return the places of an earlier leak that weren't revisited."""
        if not before.is_leak:
            return []
        places = places_of(before)
        if not places:
            # Saved before leaks had places; only a complete scan resolves it.
            return [] if self._is_complete else [("", "", before.page)]
        return [place for place in places if before.kind in self._cut_off or not self.has_visited(place)]


def with_unchecked_leaks(seen: StoredFinding, before: StoredFinding | None, coverage: ScanCoverage) -> StoredFinding:
    """Return the current finding along with earlier leaks that this scan didn't check."""
    if before is None or seen.group == ESSENTIAL:
        return seen
    leaks = [*places_of(seen), *(place for place in coverage.unvisited_places(before) if place not in places_of(seen))]
    return seen._replace(leaks=to_text(leaks), is_leak=bool(leaks))


def places_of(finding: StoredFinding) -> list[Place]:
    """Return the known places in which a finding leaks."""
    return [(situation, region, page) for situation, region, page in json.loads(finding.leaks)]


def to_text(places: Iterable[Place]) -> str:
    """Return places in the stored format."""
    return json.dumps([list(place) for place in places])


def pages_to_check(findings: Iterable[StoredFinding]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the pages of open leaks and of findings missing from the last scan, and the regions of the leaks.

    The next scan visits them in addition to other pages.
    """
    present = [finding for finding in findings if finding.gone_at is None and finding.layer != REPORTED]
    last = max((finding.last_seen for finding in present), default=0)
    places = [place for finding in present if finding.is_leak for place in places_of(finding)]
    overdue = [finding.page for finding in present if finding.last_seen < last]
    pages = dict.fromkeys(page for page in (*(page for _, _, page in places), *overdue) if page)
    regions = dict.fromkeys(region for _, region, _ in places if region)
    return tuple(pages)[:MAX_PAGES], tuple(regions)[:MAX_REGIONS]


def _is_in_its_state(visit: VisitResult) -> bool:
    """Return whether a visit reached its state; without a way to reject, it proves nothing about refusals."""
    if visit["state"] == "withdraw":
        return bool(visit["withdrawal"] and visit["withdrawal"]["found"])
    return visit["state"] not in ("reject", "accept") or bool(visit["choice"] and visit["choice"]["found"])
