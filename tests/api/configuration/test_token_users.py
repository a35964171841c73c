"""A token writes only what the user who is responsible for it may still write in the dashboard."""

import time

import pytest
from sqlalchemy import Connection, update

from consent.api.flask_app import ROUTE_GROUPS
from consent.api.http import token_cache
from consent.storage.accounts import api_tokens, roles, site_groups, users
from consent.storage.accounts.api_tokens import ADMIN_SCOPES
from consent.storage.sites import sites
from consent.storage.tables.accounts import User
from tests.api.configuration.job import DRAFT, Job, code_of
from tests.api.route_paths import path_of
from tests.api.shop import Shop

ANN, BOB, GROUP = "a" * 32, "b" * 32, "Shops"
SITES = "/api/v1/sites"
STOPPED = (403, "token_user_not_admin")
WRITING = [route for group in ROUTE_GROUPS for route in group.routes if route.scope in ADMIN_SCOPES]


@pytest.fixture(autouse=True)
def no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look each token up for each request: tests don't wait until a change reaches the cache."""
    monkeypatch.setattr(token_cache, "CACHE_SECONDS", 0.0)


class Admin:
    """A user who made a token in the dashboard."""

    def __init__(self, shop: Shop, audit_id: str = ANN, site_id: int | None = None) -> None:
        self.shop, self.audit_id, self.email = shop, audit_id, f"{audit_id[0]}@example.com"
        with self.database() as connection:
            users.add(connection, {"email": self.email, "name": "Ann", "audit_id": audit_id, "active": True})
            self.id = users.id_of(connection, self.email)
            roles.grant(connection, self.id, "admin", site_id)

    def database(self) -> Connection:
        return self.shop.service.context.engine.begin()

    def job(self, *scopes: str, site_id: int | None = None) -> Job:
        made = Job(self.shop)
        made.token = self.shop.token(*scopes, site_id=site_id, created_by=self.audit_id)
        return made


def write(job: Job, key: str = "") -> tuple[int, str]:
    """Change a text of the draft, and return the status and the code of an error."""
    reader = Job(job.shop, "config:read")
    etag = reader.read()[1]
    headers = {"Authorization": job.token, "If-Match": etag} | ({"Idempotency-Key": key} if key else {})
    answer = job.shop.client.put(
        f"{DRAFT}/texts/en", json={"texts": {"title": f"Privacy {time.monotonic_ns()}"}}, headers=headers
    )
    return (200, "") if answer.status_code == 200 else code_of(answer)


def create_site(job: Job) -> tuple[int, str]:
    answer = job.send("POST", SITES, {"name": "Blog", "hosts": ["https://blog.example"]})
    return (201, "") if answer.status_code == 201 else code_of(answer)


def test_a_token_stops_writing_with_the_role_of_the_admin_who_made_it(any_shop: Shop) -> None:
    ann = Admin(any_shop)
    job = ann.job("config:read", "config:write", "receipts:read")
    assert write(job) == (200, "")
    with ann.database() as connection:
        roles.revoke(connection, ann.id, "admin")
        roles.grant(connection, ann.id, "marketing")
    assert write(job) == STOPPED
    assert create_site(job) == STOPPED
    answer = job.send("PUT", DRAFT, {}, '"draft-1"')
    assert answer.json["error"]["fields"] == {}
    assert "no longer an admin of this site" in answer.json["error"]["message"]
    assert "another admin can take it over" in answer.json["error"]["message"]
    assert (job.get(DRAFT).status_code, job.get(f"{SITES}/shop/alarms").status_code) == (200, 200), "reading goes on"
    with ann.database() as connection:
        roles.grant(connection, ann.id, "admin")
    assert write(job) == (200, "")


def test_a_repeated_request_is_not_answered_after_the_role_is_gone(shop: Shop) -> None:
    ann = Admin(shop)
    job = ann.job("config:write")
    assert write(job, "once") == (200, "")
    with ann.database() as connection:
        roles.revoke(connection, ann.id, "admin")
    assert write(job, "once") == STOPPED


def test_a_deactivated_or_erased_admin_leaves_no_token_that_writes(any_shop: Shop) -> None:
    ann = Admin(any_shop)
    job = ann.job("config:write", site_id=any_shop.site_id)
    with ann.database() as connection:
        connection.execute(update(User).where(User.id == ann.id).values(active=False))
    assert write(job) == STOPPED
    with ann.database() as connection:
        connection.execute(update(User).where(User.id == ann.id).values(active=True))
    assert write(job) == (200, "")
    with ann.database() as connection:
        assert users.forget(connection, ann.email) == ANN
    assert write(job) == STOPPED


def test_a_token_writes_only_on_sites_of_which_its_user_is_still_admin(any_shop: Shop) -> None:
    ann = Admin(any_shop)
    job = ann.job("config:read", "config:write")
    with ann.database() as connection:
        other = sites.create(connection, "other", "Other", "{}", 1)
        site_groups.put(connection, GROUP, [any_shop.site_id])
        roles.revoke(connection, ann.id, "admin")
        roles.grant(connection, ann.id, "admin", other.id)
    assert write(job) == STOPPED
    with ann.database() as connection:
        roles.grant(connection, ann.id, "admin", group=GROUP)
    assert write(job) == (200, "")
    assert create_site(job) == STOPPED, "a new site needs an admin of every site"
    with ann.database() as connection:
        site_groups.put(connection, GROUP, [other.id])
    assert write(job) == STOPPED


def test_a_group_is_published_only_on_the_sites_of_the_admin(shop: Shop) -> None:
    ann = Admin(shop, site_id=shop.site_id)
    job = ann.job("config:write")
    with ann.database() as connection:
        other = sites.create(connection, "other", "Other", "{}", 1)
        site_groups.put(connection, GROUP, [shop.site_id, other.id])
    asked = {"group": GROUP, "note": "", "sites": ["other"]}
    assert code_of(job.send("POST", "/api/v1/site-groups/versions", asked)) == (400, "unknown_site")
    with ann.database() as connection:
        roles.revoke(connection, ann.id, "admin", shop.site_id)
    assert code_of(job.send("POST", "/api/v1/site-groups/versions", asked)) == STOPPED


def test_an_admin_who_takes_a_token_over_keeps_it_working(shop: Shop) -> None:
    ann, bob = Admin(shop), Admin(shop, BOB)
    job = ann.job("config:write")
    with ann.database() as connection:
        roles.revoke(connection, ann.id, "admin")
        [token] = api_tokens.of_user(connection, ANN, 1)
        api_tokens.take_over(connection, token.id, BOB)
    assert write(job) == (200, "")
    with ann.database() as connection:
        roles.revoke(connection, bob.id, "admin")
        roles.grant(connection, ann.id, "admin")
    assert write(job) == STOPPED, "now it is the other's"


def test_a_token_of_the_command_line_depends_on_nobody(shop: Shop) -> None:
    Admin(shop)
    assert write(Job(shop, "config:write")) == (200, "")


def test_what_visitors_choose_is_passed_on_after_an_admin_has_left(shop: Shop) -> None:
    token = shop.token("decide", "accounts:refuse", created_by=ANN)
    assert shop.decision(Authorization=token).status_code == 200
    assert shop.service.context.tokens.check(token, "accounts:refuse", shop.site_id)


def test_each_route_that_writes_for_an_admin_is_refused(shop: Shop) -> None:
    token = shop.token(*ADMIN_SCOPES, created_by=ANN)
    assert len(WRITING) > 20
    for route in WRITING:
        answer = shop.client.open(path_of(route), method=route.method, json={}, headers={"Authorization": token})
        assert code_of(answer) == STOPPED, f"{route.method} {route.path}"
