from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, insert
from sqlalchemy.exc import IntegrityError

from consent.storage.accounts import roles, site_groups
from consent.storage.sites import sites
from consent.storage.sites.sites import SiteRow
from consent.storage.tables.accounts import SiteRole, User
from tests.storage.sample_receipts import NOW


@pytest.fixture
def transaction(engine: Engine) -> Iterator[Connection]:
    with engine.begin() as connection:
        yield connection


@pytest.fixture
def marketer(transaction: Connection, shop: SiteRow) -> int:
    """Add a user without any role and return their id."""
    added = insert(User).values(email="mia@shop.example", name="Mia").returning(User.id)
    return transaction.execute(added).scalar_one()


def test_a_stranger_has_no_role(transaction: Connection, shop: SiteRow, marketer: int) -> None:
    assert roles.roles_of(transaction, marketer, shop.id) == frozenset()
    assert roles.site_keys_of(transaction, marketer) == []


def test_a_role_holds_on_its_site_alone(transaction: Connection, shop: SiteRow, marketer: int) -> None:
    blog = sites.create(transaction, "blog", "The blog", "{}", NOW)
    roles.grant(transaction, marketer, "marketing", shop.id)
    assert roles.roles_of(transaction, marketer, shop.id) == {"marketing"}
    assert roles.roles_of(transaction, marketer, blog.id) == frozenset()
    assert roles.site_keys_of(transaction, marketer) == ["shop"]


def test_a_role_on_every_site_holds_on_those_to_come(transaction: Connection, shop: SiteRow, marketer: int) -> None:
    roles.grant(transaction, marketer, "admin")
    roles.grant(transaction, marketer, "compliance", shop.id)
    blog = sites.create(transaction, "blog", "The blog", "{}", NOW)
    assert roles.roles_of(transaction, marketer, shop.id) == {"admin", "compliance"}
    assert roles.roles_of(transaction, marketer, blog.id) == {"admin"}
    assert roles.instance_roles_of(transaction, marketer) == {"admin"}
    assert roles.site_keys_of(transaction, marketer) == ["blog", "shop"]


def test_granting_twice_and_revoking_once_leaves_nothing(transaction: Connection, shop: SiteRow, marketer: int) -> None:
    for place in ({}, {"site_id": shop.id}, {"group": "Shops"}):
        assert [roles.grant(transaction, marketer, "viewer", **place) for _ in range(2)] == [True, False]
        assert [roles.revoke(transaction, marketer, "viewer", **place) for _ in range(2)] == [True, False]
    assert roles.site_keys_of(transaction, marketer) == []


def test_a_role_on_a_group_holds_on_its_sites_as_they_are_now(
    transaction: Connection, shop: SiteRow, marketer: int
) -> None:
    blog = sites.create(transaction, "blog", "The blog", "{}", NOW)
    site_groups.put(transaction, "Shops", [shop.id])
    roles.grant(transaction, marketer, "marketing", group="Shops")
    roles.grant(transaction, marketer, "viewer", shop.id)
    assert roles.roles_of(transaction, marketer, shop.id) == {"marketing", "viewer"}
    assert roles.roles_of(transaction, marketer, blog.id) == frozenset()
    assert roles.instance_roles_of(transaction, marketer) == frozenset()
    site_groups.put(transaction, "Shops", [blog.id])
    assert roles.roles_of(transaction, marketer, shop.id) == {"viewer"}
    assert roles.site_keys_of(transaction, marketer) == ["blog", "shop"]
    site_groups.put(transaction, "Shops", [])
    assert site_groups.every(transaction) == {"Shops": []}
    site_groups.remove(transaction, "Shops")
    assert (site_groups.every(transaction), roles.site_keys_of(transaction, marketer)) == ({}, ["shop"])


def test_a_role_that_does_not_exist_cannot_be_granted(transaction: Connection, marketer: int) -> None:
    with pytest.raises(ValueError, match="admin, marketing, compliance, viewer"):
        roles.grant(transaction, marketer, "owner")


def test_the_database_keeps_one_row_for_each_role_on_every_site(engine: Engine) -> None:
    with engine.connect() as transaction:
        user_id = transaction.execute(insert(User).values(email="a@b.example").returning(User.id)).scalar_one()
        row = {"user_id": user_id, "role": "admin", "site_id": None}
        transaction.execute(insert(SiteRole).values(row))
        with pytest.raises(IntegrityError):
            transaction.execute(insert(SiteRole).values(row))
