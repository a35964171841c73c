"""The result of a site's last check: only the newest per site is kept."""

from sqlalchemy import Engine

from consent.storage.scans import site_checks
from consent.storage.scans.site_checks import MAX_TAGS, StoredCheck
from consent.storage.sites import sites
from tests.storage.sample_receipts import NOW

ONE = StoredCheck(
    "https://shop.example/",
    NOW,
    [{"name": "Müller's counter", "parameters": {"id": "G-1"}}],
    report={"findings": [["page", "good", "It loads.", ""]], "colors": []},
)


def test_a_later_check_replaces_the_earlier_one_and_each_site_has_its_own(engine: Engine) -> None:
    with engine.begin() as transaction:
        first, second = (sites.create(transaction, key, key, "{}", NOW).id for key in ("first", "second"))
        site_checks.save(transaction, first, ONE._replace(checked_at=NOW - 9, tags=[]))
        site_checks.save(transaction, first, ONE)
        assert site_checks.newest(transaction, first) == ONE
        assert site_checks.newest(transaction, second) is None


def test_a_page_of_very_many_tags_is_cut(engine: Engine) -> None:
    with engine.begin() as transaction:
        site = sites.create(transaction, "first", "first", "{}", NOW).id
        site_checks.save(transaction, site, ONE._replace(tags=ONE.tags * (MAX_TAGS + 1)))
        kept = site_checks.newest(transaction, site)
        assert kept
        assert len(kept.tags) == MAX_TAGS
