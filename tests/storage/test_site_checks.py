"""What the last check of a site found: one for each site, and the newest alone."""

from sqlalchemy import Engine

from consent.storage import site_checks, sites
from consent.storage.site_checks import MOST_TAGS, KeptCheck
from tests.storage.cast import NOW

ONE = KeptCheck("https://shop.example/", NOW, [{"name": "Müller's counter", "parameters": {"id": "G-1"}}])


def test_a_later_check_replaces_the_earlier_one_and_each_site_has_its_own(engine: Engine) -> None:
    with engine.begin() as transaction:
        first, second = (sites.create(transaction, key, key, "{}", NOW).id for key in ("first", "second"))
        site_checks.keep(transaction, first, ONE._replace(checked_at=NOW - 9, tags=[]))
        site_checks.keep(transaction, first, ONE)
        assert site_checks.newest(transaction, first) == ONE
        assert site_checks.newest(transaction, second) is None


def test_a_page_of_very_many_tags_is_cut(engine: Engine) -> None:
    with engine.begin() as transaction:
        site = sites.create(transaction, "first", "first", "{}", NOW).id
        site_checks.keep(transaction, site, ONE._replace(tags=ONE.tags * (MOST_TAGS + 1)))
        kept = site_checks.newest(transaction, site)
        assert kept
        assert len(kept.tags) == MOST_TAGS
