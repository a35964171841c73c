"""Reading span by span finds the same receipts as one query: across months, within a second, at each position."""

import itertools
import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine

from consent.storage.database.partitions import LAST, create_months, month_of, start_of
from consent.storage.privacy import erasures, marks
from consent.storage.privacy.marks import OBJECTION, RESTRICTION
from consent.storage.receipts import export_rows, receipts
from consent.storage.receipts.new_receipt import NewReceipt
from consent.storage.receipts.writer import ReceiptWriter
from consent.storage.selection.filters import SPANS, Filters
from consent.storage.selection.subjects import Subject
from consent.storage.sites.sites import SiteRow
from tests.storage.sample_receipts import DAY, receipt_of

RARE, COMMON, HIDDEN = (digit * 32 for digit in "bcd")
ALL_TIMES = Filters()


@dataclass
class Full:
    """A shop with receipts in many months; `left` are those not erased, `hidden` the ids that are restricted."""

    site: SiteRow
    left: list[NewReceipt]
    erased: list[NewReceipt]
    hidden: set[str]
    month: int

    def right(self, meets: Callable[[NewReceipt], bool], filters: Filters) -> list[str]:
        """Return the ids that a search must find, newest first, computed without the database."""
        out = {"exclude": self.hidden, "include": set(), "only": {new.id for new in self.left} - self.hidden}
        found = [new for new in self.left if meets(new) and new.id not in out[filters.restricted]]
        found += [new for new in self.erased if meets(new)] if filters.erased else []
        until = LAST if filters.until is None else filters.until
        inside = [new for new in found if (filters.since or 0) <= new.time < until]
        return [new.id for new in sorted(inside, key=lambda new: (new.time, new.id), reverse=True)]


@pytest.fixture
def full(engine: Engine, shop: SiteRow, writer: ReceiptWriter) -> Full:
    """Write receipts on both sides of each month border where a span ends, and in months between and before."""
    chance, month = random.Random(6), month_of(int(time.time()))
    borders = [start_of(month - months) for months in (-1, *SPANS, 1, 2, 20, 30)]
    times = [
        border + step
        for border in borders
        for step in (-1, -1, -1, 0, 0, 1, 9 * DAY)
        if step < 9 or border != borders[0]
    ]
    create_months(engine, {month_of(one) for one in times})
    news = []
    for index, one in enumerate(times):
        visitor = chance.choice([None, COMMON, COMMON, HIDDEN if index % 3 else RARE])
        facts = {"visitor": visitor, "country": chance.choice(["DE", "DE", "FR", None]), "gpc": chance.random() < 0.2}
        vendors = chance.choice(["{}", '{"hotjar":false}'])
        news.append(
            receipt_of(shop.id, time=one, vendors=vendors, analytics=chance.choice([True, False, None]), **facts)
        )
    other = receipt_of(shop.id + 1, time=times[3])
    for new in [*news, other]:
        writer.submit(new)
    erased = news[5::9]
    single = next(new for new in news if new not in erased and new.visitor != HIDDEN)
    with engine.begin() as transaction:
        assert erasures.erase(transaction, shop.id, [new.id for new in erased]) == len(erased)
        for kind, subject in ((RESTRICTION, ("visitor", HIDDEN)), (OBJECTION, ("receipt", single.id))):
            assert marks.put(transaction, shop.id, kind, Subject(*subject), reason="asked", by="a" * 32, now=0)
    left = [new for new in news if new not in erased]
    return Full(shop, left, erased, {new.id for new in left if new.visitor == HIDDEN} | {single.id}, month)


def filters_of(full: Full) -> list[tuple[Filters, Callable[[NewReceipt], bool]]]:
    """Return searches, each with the condition that the receipts it finds must meet."""
    border, old = start_of(full.month - SPANS[1]), start_of(full.month - 20)

    def every(_: NewReceipt) -> bool:
        return True

    return [
        (ALL_TIMES, every),
        (Filters(country="FR"), lambda new: new.country == "FR"),
        (Filters(country="unknown", signal="gpc"), lambda new: new.country is None and new.gpc),
        (Filters(groups={"analytics": "none"}), lambda new: new.analytics is None),
        (Filters(vendors={"hotjar": "refused"}), lambda new: "hotjar" in new.vendors),
        (Filters(visitor=RARE), lambda new: new.visitor == RARE),
        (Filters(visitor=HIDDEN, restricted="include"), lambda new: new.visitor == HIDDEN),
        (Filters(restricted="include"), every),
        (Filters(restricted="only"), every),
        (Filters(erased=True), every),
        (Filters(since=border), every),
        (Filters(until=border), every),
        (Filters(since=border - 1, until=border + 1), every),
        (Filters(since=old, until=border, country="DE"), lambda new: new.country == "DE"),
        (Filters(until=0), every),
        (Filters(since=LAST), every),
    ]


@pytest.mark.parametrize("limits", [(2, 500), pytest.param((1, 5), marks=pytest.mark.long)], ids=str)
def test_the_pages_are_what_one_look_at_all_finds(engine: Engine, full: Full, limits: tuple[int, ...]) -> None:
    for limit, (filters, meets) in itertools.product(limits, filters_of(full)):
        found: list[tuple[str, str | None]] = []
        cursor = None
        with engine.connect() as transaction:
            while True:
                page = receipts.search(transaction, full.site.id, filters, cursor, limit)
                found += [(item.id, item.visitor) for item in page.items]
                if (cursor := page.next) is None:
                    break
        who = {new.id: new.visitor for new in full.left}
        assert found == [(one, who.get(one)) for one in full.right(meets, filters)], (limit, filters)
        streamed = export_rows.stream(engine, full.site.id, filters, step=limit)
        assert [(row.id, row.visitor) for row in streamed] == found, (limit, filters)


def test_a_page_begins_behind_any_receipt_also_one_that_is_gone(engine: Engine, full: Full) -> None:
    ids = full.right(lambda _: True, ALL_TIMES)
    times = {new.id: new.time for new in full.left + full.erased}
    places = [(times[one], one) for one in [*ids, *(new.id for new in full.erased)]]
    for moment, one in [*places, (2**63 - 1, secrets.token_hex(16)), (-(2**63), secrets.token_hex(16))]:
        with engine.connect() as transaction:
            cursor = receipts.create_cursor(full.site.id, moment, one)
            page = receipts.search(transaction, full.site.id, ALL_TIMES, cursor, limit=500)
        assert [item.id for item in page.items] == [other for other in ids if (times[other], other) < (moment, one)]
