"""Users' decisions on findings: kept per site, replaced, withdrawn."""

from sqlalchemy import Engine

from consent.storage.scans import reviews
from consent.storage.scans.reviews import Decided
from consent.storage.sites import sites
from tests.storage.sample_receipts import NOW

ONE = Decided("cookie", "mystery", "shop.example", "analytics", None, "It counts.", "b" * 32, NOW)


def test_a_later_decision_replaces_the_earlier_one_and_each_site_has_its_own(engine: Engine) -> None:
    with engine.begin() as transaction:
        first, second = (sites.create(transaction, key, key, "{}", NOW).id for key in ("first", "second"))
        reviews.decide(transaction, first, ONE)
        reviews.decide(transaction, first, ONE._replace(name="other", decided_at=NOW + 1))
        reviews.decide(transaction, first, ONE._replace(group="essential", purpose="cart"))
        assert [(one.name, one.group) for one in reviews.decisions(transaction, first)] == [
            ("other", "analytics"),
            ("mystery", "essential"),
        ]
        assert reviews.decisions(transaction, second) == []
        assert reviews.take_back(transaction, second, ONE.key) is None
        taken = reviews.take_back(transaction, first, ONE.key)
        assert taken is not None
        assert (taken.group, taken.purpose) == ("essential", "cart")
        assert [one.name for one in reviews.decisions(transaction, first)] == ["other"]
