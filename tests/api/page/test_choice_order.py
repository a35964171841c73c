"""Choices made within the same second have ids in the order they were made."""

import secrets

import pytest

from consent.api.page.receipt_builder import ROOM_BITS, id_after
from consent.storage.log import tree_store
from consent.storage.receipts import receipts as store
from consent.storage.receipts.receipts import Latest
from consent.storage.selection.filters import Filters
from tests.api.shop import cookies_of

NOON = 1_796_126_400


def test_choices_within_one_second_keep_their_order_everywhere(shop, monkeypatch):
    monkeypatch.setattr(shop.service.context, "clock", lambda: NOON)
    made, secret = [], None
    for number in range(2):
        for action, granted in (("accept_all", True), ("reject_all", False)):
            cookie = {"Cookie": f"consent_shop_id={secret}"} if secret else {}
            body = shop.choice(action, granted=granted, key=f"{len(made):032x}", keep_proof=True)
            answer = shop.choose(body, Host="www.example.com", **cookie)
            assert answer.status_code == 201, number
            made.append(answer.json["id"])
            secret = secret or cookies_of(answer)["consent_shop_id"].partition(";")[0]
    with shop.service.context.engine.connect() as connection:
        listed = [one.id for one in store.search(connection, shop.site_id, Filters()).items]
        visitor = store.get(connection, made[0]).visitor
        timeline = [one.id for one in store.timeline(connection, shop.site_id, visitor)]
        previous = [store.personal(connection, one).previous for one in made]
        waiting = [one.id for one in tree_store.next_receipts(connection, shop.site_id, 10)]
    assert previous == [None, *made[:-1]]
    assert listed[::-1] == timeline == waiting == made


def test_a_successor_id_is_greater_and_equally_random():
    before, drawn = Latest("f" + "0" * 31, NOON), b"\x0f" * 16
    behind = {id_after(before, NOON, drawn) for _ in range(50)}
    assert len(behind) == 50
    assert {len(one) for one in behind} == {32}
    assert min(behind) > before.id
    last = {id_after(Latest(f"{(1 << 128) - 1 - (1 << ROOM_BITS):032x}", NOON), NOON, drawn) for _ in range(50)}
    assert len(last) == 50
    assert min(last) >= f"{(1 << 128) - (1 << ROOM_BITS):032x}"


@pytest.mark.parametrize("first", ["00" * 16, "f" * 4 + "0" * 28])
def test_a_thousand_choices_within_one_second_keep_their_order(first):
    made = [first]
    for _ in range(1000):
        made.append(id_after(Latest(made[-1], NOON), NOON, secrets.token_bytes(16)))
    assert made == sorted(set(made))


@pytest.mark.parametrize(
    "before",
    [
        None,
        pytest.param(Latest("f" * 32, NOON - 1), id="of another second"),
        pytest.param(Latest("0e" * 16, NOON), id="below it anyway"),
        pytest.param(Latest(f"{(1 << 128) - (1 << ROOM_BITS):032x}", NOON), id="with too little room behind it"),
    ],
)
def test_an_id_without_a_predecessor_is_used_as_generated(before):
    assert id_after(before, NOON, b"\x0f" * 16) == "0f" * 16
