"""Where a user who is responsible for a token is admin, on both databases."""

import pytest
from sqlalchemy import Engine, update

from consent.log.audit_author import COMMAND_LINE, AuditActor, Author
from consent.log.entry import INSTANCE
from consent.signing.keys import load_keys
from consent.storage.accounts import api_tokens, roles, site_groups, users
from consent.storage.accounts.token_users import AdminSites, admin_sites, admin_sites_of
from consent.storage.maintenance import migrate
from consent.storage.sites import sites
from consent.storage.sites.sites import SiteRow
from consent.storage.tables.accounts import User
from tests.storage.sample_receipts import NOW

ANN, BOB, EVE = "a" * 32, "b" * 32, "e" * 32
EVERYWHERE, NOWHERE = AdminSites(True), AdminSites()


def test_a_user_is_admin_by_roles_on_sites_groups_and_everywhere(engine: Engine, shop: SiteRow) -> None:
    with engine.begin() as connection:
        blog, third = (sites.create(connection, key, key, "{}", NOW) for key in ("blog", "third"))
        site_groups.put(connection, "Blogs", [blog.id, third.id])
        for audit_id in (ANN, BOB):
            users.add(connection, {"email": f"{audit_id[0]}@example.com", "audit_id": audit_id, "active": True})
        ann, bob = (users.id_of(connection, f"{one}@example.com") for one in "ab")
        roles.grant(connection, ann, "admin", shop.id)
        roles.grant(connection, ann, "marketing")
        roles.grant(connection, bob, "admin", group="Blogs")
        found = admin_sites(connection, {ANN, BOB, EVE})
        assert found == {
            ANN: AdminSites(False, frozenset({shop.id})),
            BOB: AdminSites(False, frozenset({blog.id, third.id})),
            EVE: NOWHERE,
        }
        account, groups = users.by_id(connection, bob), site_groups.every(connection)
        assert account
        assert admin_sites_of(account.roles, groups) == found[BOB]
        roles.grant(connection, ann, "admin")
        assert admin_sites(connection, {ANN})[ANN].everywhere
        connection.execute(update(User).where(User.id == ann).values(active=False))
        assert admin_sites(connection, {ANN}) == {ANN: NOWHERE}


@pytest.mark.parametrize(
    ("before", "after", "site_ids", "loses"),
    [
        (EVERYWHERE, NOWHERE, None, True),
        (EVERYWHERE, NOWHERE, frozenset({1}), True),
        (EVERYWHERE, AdminSites(False, frozenset({1})), frozenset({1}), False),
        (EVERYWHERE, AdminSites(False, frozenset({1})), frozenset({1, 2}), True),
        (EVERYWHERE, AdminSites(False, frozenset({1})), None, True),
        (EVERYWHERE, EVERYWHERE, None, False),
        (AdminSites(False, frozenset({1})), NOWHERE, None, True),
        (AdminSites(False, frozenset({1})), NOWHERE, frozenset({2}), False),
        (AdminSites(False, frozenset({1})), EVERYWHERE, None, False),
        (NOWHERE, NOWHERE, None, False),
    ],
)
def test_a_user_loses_what_they_were_admin_of(
    before: AdminSites, after: AdminSites, site_ids: frozenset[int] | None, loses: bool
) -> None:
    assert before.loses(after, site_ids) == loses


def test_a_token_needs_an_admin_if_it_has_a_user_and_writes_for_one(engine: Engine) -> None:
    with engine.begin() as connection:
        api_tokens.create(connection, "server", ["decide", "accounts:refuse", "config:read"], now=NOW, created_by=ANN)
        api_tokens.create(connection, "ci", ["config:read", "config:write"], now=NOW, created_by=ANN)
        api_tokens.create(connection, "old", ["config:write"], now=NOW, created_by=ANN, expires_at=NOW)
        api_tokens.create(connection, "command line", ["config:write"], now=NOW)
        needing = {token.name for token in api_tokens.every(connection) if token.needs_admin}
        assert needing == {"ci", "old"}
        ci, server = api_tokens.of_user(connection, ANN, NOW)
        assert (ci.name, server.name) == ("ci", "server")
        api_tokens.take_over(connection, ci.id, BOB)
        [taken] = api_tokens.of_user(connection, BOB, NOW)
        assert (taken.created_by, taken.user) == (ANN, BOB)


def test_an_upgrade_takes_the_creators_of_tokens_from_the_audit_trail(engine: Engine, shop: SiteRow, tmp_path) -> None:
    key = load_keys(tmp_path).receipt
    authors = {"ann": AuditActor(ANN), "erased": AuditActor(EVE), "command line": COMMAND_LINE}
    with engine.begin() as connection:
        for name, who in authors.items():
            plain = api_tokens.create(connection, name, ["config:write"], now=NOW)
            subject = api_tokens.audit_id_of(api_tokens.hash_of(plain))
            owner = shop if name == "ann" else INSTANCE
            Author(who, key).record(connection, owner, "token.created", subject, None, {}, NOW)
        api_tokens.create(connection, "unknown", ["config:write"], now=NOW)
    migrate.downgrade(engine, "0021_alarm_channel_language")
    migrate.upgrade(engine)
    with engine.begin() as connection:
        found = {token.name: token.created_by for token in api_tokens.every(connection)}
    assert found == {"ann": ANN, "erased": EVE, "command line": None, "unknown": None}
