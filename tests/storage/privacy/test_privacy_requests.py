"""The register of requests: open ones by due date, then closed ones, and only the site's own."""

from consent.storage.privacy import privacy_requests
from consent.storage.privacy.privacy_requests import Counts
from consent.storage.sites import sites
from tests.storage.sample_receipts import NOW

TODAY = NOW // 86400


def add(transaction, site, due, **facts):
    given = {"kind": "access", "place": "DE", "law": "GDPR art. 15", "received": TODAY - 5, "due": due}
    return privacy_requests.add(transaction, site.id, given | {"added_at": NOW, "added_by": "a" * 32} | facts)


def test_what_is_due_first_stands_first_and_closed_requests_come_last(engine, shop):
    with engine.begin() as transaction:
        late, soon, done = (add(transaction, shop, TODAY + days) for days in (20, 3, 1))
        privacy_requests.change(transaction, shop.id, done, {"outcome": "done", "closed": TODAY})
        assert [one.id for one in privacy_requests.every(transaction, shop.id)] == [soon, late, done]
        privacy_requests.change(transaction, shop.id, soon, {"extended": TODAY + 60})
        assert [one.id for one in privacy_requests.every(transaction, shop.id, is_open=True)] == [late, soon]
        assert [one.id for one in privacy_requests.every(transaction, shop.id, is_open=False)] == [done]


def test_a_request_belongs_to_one_site(engine, shop):
    with engine.begin() as transaction:
        other = sites.create(transaction, "other", "Other", "{}", NOW)
        mine = add(transaction, shop, TODAY)
        privacy_requests.change(transaction, other.id, mine, {"outcome": "refused"})
        assert privacy_requests.by_id(transaction, other.id, mine) is None
        assert privacy_requests.every(transaction, other.id) == []
        found = privacy_requests.by_id(transaction, shop.id, mine)
        assert found is not None
        assert (found.outcome, found.last_day) == ("", TODAY)


def test_counts_tell_what_is_late_and_what_was_closed_in_time(engine, shop):
    with engine.begin() as transaction:
        add(transaction, shop, TODAY)
        add(transaction, shop, TODAY - 1)
        add(transaction, shop, TODAY - 1, extended=TODAY + 30)
        for closed in (TODAY - 1, TODAY):
            add(transaction, shop, TODAY - 1, outcome="done", closed=closed)
        assert privacy_requests.counts(transaction, shop.id, TODAY) == Counts(open=3, late=1, closed=2, in_time=1)
