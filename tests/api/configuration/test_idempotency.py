"""The Idempotency-Key header: a write through the API takes effect once, however often it is sent."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update
from werkzeug.test import Client, TestResponse

from consent.api.flask_app import ROUTE_GROUPS
from consent.api.http.token_cache import TokenCache
from consent.storage.accounts import api_tokens, site_groups
from consent.storage.operations.idempotency_keys import CLAIM_SECONDS, LIFETIME_SECONDS
from consent.storage.tables.operations import IdempotencyKey
from consent.storage.tables.sites import Site
from tests.api.route_paths import path_of
from tests.api.shop import Shop
from tests.handovers import add_brand, publish_site

pytestmark = pytest.mark.extended

DRAFT, VERSIONS, KEYS = (f"/api/v1/sites/shop/{name}" for name in ("draft", "versions", "subject-keys"))
APPLY, PUBLISH_GROUP = "/api/v1/site-groups/applications", "/api/v1/site-groups/versions"
KEY = "8e03978e-40d5-43e8-bc93-6894a57f9324"


class Job:
    """A program with a token that sends idempotency keys with its writes."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.token = shop.token("config:read", "config:write", "log:read")

    def send(self, method: str, path: str, body: Any, etag: str = "", key: str | None = KEY) -> TestResponse:
        headers = {"Authorization": self.token, "Content-Type": "application/json"}
        headers |= {"If-Match": etag} if etag else {}
        headers |= {"Idempotency-Key": key} if key is not None else {}
        return Client(self.shop.service.wsgi_app).open(path, method=method, data=json.dumps(body), headers=headers)

    def read(self) -> tuple[dict[str, Any], str]:
        answer = self.shop.get(DRAFT, Authorization=self.token)
        assert answer.status_code == 200, answer.text
        return answer.json or {}, answer.headers["ETag"]

    def changed(self, accent: str = "#7a1f5c") -> tuple[dict[str, Any], str]:
        """Return the draft with another color, and the current ETag."""
        draft, etag = self.read()
        draft["look"]["accent"] = accent
        return draft, etag

    def actions(self, site: str = "shop") -> list[str]:
        """Return the actions in the audit trail, oldest first."""
        items = self.shop.get(f"/api/v1/sites/{site}/audit", Authorization=self.token).json["items"]
        return [one["action"] for one in reversed(items) if one["kind"] == "audit"]


@pytest.fixture
def job(shop: Shop) -> Job:
    return Job(shop)


def code_of(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def same(first: TestResponse, second: TestResponse) -> bool:
    """Return whether two responses are the same: status, body and ETag."""
    return all(
        getattr(first, name) == getattr(second, name) for name in ("status_code", "data", "content_type")
    ) and first.headers.get("ETag") == second.headers.get("ETag")


def test_a_repeated_write_is_answered_as_the_first_and_done_once(job: Job) -> None:
    before = job.actions()
    draft, etag = job.changed()
    saved = job.send("PUT", DRAFT, draft, etag)
    assert saved.status_code == 200
    assert same(saved, job.send("PUT", DRAFT, draft, etag)), "without the key this would be stale"
    assert job.read()[1] == saved.headers["ETag"]
    published = job.send("POST", VERSIONS, {"note": "Merge"}, saved.headers["ETag"])
    assert (published.status_code, published.json["is_new"]) == (201, True)
    assert same(published, job.send("POST", VERSIONS, {"note": "Merge"}, saved.headers["ETag"]))
    etag = job.read()[1]
    restored = job.send("POST", f"{VERSIONS}/1/restore", {}, etag)
    assert (restored.status_code, restored.json["version"]) == (201, 3)
    assert same(restored, job.send("POST", f"{VERSIONS}/1/restore", {}, etag))
    assert job.actions() == [
        *before,
        "draft.changed",
        "version.published",
        "draft.changed",
        "version.published",
    ], "one entry for each write"


def test_a_key_names_one_request(job: Job) -> None:
    draft, etag = job.changed()
    saved = job.send("PUT", DRAFT, draft, etag)
    for path, body, tag in (
        (DRAFT, draft | {"hosts": []}, etag),
        (DRAFT, draft, saved.headers["ETag"]),
        (f"{DRAFT}?overwrite=true", draft, etag),
    ):
        assert code_of(job.send("PUT", path, body, tag)) == (422, "idempotency_key_reused")
    assert job.read()[1] == saved.headers["ETag"]
    # A key is scoped to its token, method and path.
    assert job.send("POST", VERSIONS, {}, saved.headers["ETag"]).status_code == 201
    other = Job(job.shop)
    assert code_of(other.send("PUT", DRAFT, draft, etag)) == (412, "stale_draft")


def test_a_key_may_stand_in_quotes(job: Job) -> None:
    draft, etag = job.changed()
    saved = job.send("PUT", DRAFT, draft, etag, f'"{KEY}"')
    assert same(saved, job.send("PUT", DRAFT, draft, etag, KEY))


@pytest.mark.parametrize("key", ["", '""', '"', '"a" b', "a" * 256, "schlüssel", "a\tb", '"\\x"'])
def test_rejects_an_invalid_idempotency_key(job: Job, key: str) -> None:
    draft, etag = job.changed()
    answer = job.send("PUT", DRAFT, draft, etag, key)
    assert code_of(answer) == (400, "invalid_parameter")
    assert list(answer.json["error"]["fields"]) == ["Idempotency-Key"]
    assert job.read()[1] == etag


def test_every_write_of_the_scope_takes_a_key(job: Job) -> None:
    routes = [
        route
        for group in ROUTE_GROUPS
        for route in group.routes
        if route.scope == "config:write" and route.method != "GET"
    ]
    assert len(routes) == 11
    for route in routes:
        assert "Idempotency-Key" in [one["name"] for one in route.parameters], route.path
        path = path_of(route)
        assert code_of(job.send(route.method, path, {}, key="")) == (400, "invalid_parameter"), route.path


def test_does_not_store_an_error_response_for_replay(job: Job) -> None:
    draft, etag = job.changed()
    assert code_of(job.send("PUT", DRAFT, draft, '"draft-0"')) == (412, "stale_draft")
    assert code_of(job.send("PUT", DRAFT, draft | {"hosts": 1}, etag)) == (400, "invalid_config")
    assert job.send("PUT", DRAFT, draft, etag).status_code == 200


def test_does_not_replay_a_response_to_a_token_that_lost_write_access(job: Job) -> None:
    draft, etag = job.changed()
    assert job.send("PUT", DRAFT, draft, etag).status_code == 200
    context = job.shop.service.context
    with context.engine.begin() as connection:
        connection.execute(update(Site).where(Site.id == job.shop.site_id).values(deleted_at=1))
    assert code_of(job.send("PUT", DRAFT, draft, etag)) == (404, "unknown_site")
    with context.engine.begin() as connection:
        connection.execute(update(Site).where(Site.id == job.shop.site_id).values(deleted_at=None))
        api_tokens.revoke(connection, api_tokens.every(connection)[0].id, int(time.time()))
    context.tokens = TokenCache(context.engine)
    assert code_of(job.send("PUT", DRAFT, draft, etag)) == (401, "invalid_token")


def test_a_key_expires_after_a_day_and_a_claim_after_half_a_minute(job: Job) -> None:
    context, now = job.shop.service.context, time.time()
    context.clock = lambda: now
    draft, etag = job.changed()
    saved = job.send("PUT", DRAFT, draft, etag)
    context.clock = lambda: now + LIFETIME_SECONDS - 1
    assert same(saved, job.send("PUT", DRAFT, draft, etag))
    context.clock = lambda: now + LIFETIME_SECONDS + 1
    assert code_of(job.send("PUT", DRAFT, draft, etag)) == (412, "stale_draft")
    with context.engine.begin() as connection:
        # The row that a process leaves when it is killed before its effect.
        row = {"status": None, "body": None, "claimed_until": int(now) + CLAIM_SECONDS, "created_at": int(now)}
        assert job.send("PUT", DRAFT, draft, saved.headers["ETag"], "killed").status_code == 200
        connection.execute(update(IdempotencyKey).values(row))
    context.clock = lambda: now + 1
    running = job.send("PUT", DRAFT, draft, saved.headers["ETag"], "killed")
    assert code_of(running) == (409, "request_running")
    assert int(running.headers["Retry-After"]) > 0
    context.clock = lambda: now + CLAIM_SECONDS + 1
    assert code_of(job.send("PUT", DRAFT, draft, saved.headers["ETag"], "killed")) == (412, "stale_draft")


def test_a_key_for_subject_tokens_is_made_once_and_is_not_in_the_database(job: Job) -> None:
    made = job.send("POST", KEYS, {})
    assert (made.status_code, made.json["key"].startswith("csk1_")) == (201, True)
    assert same(made, job.send("POST", KEYS, {}))
    assert len(job.shop.get(KEYS, Authorization=job.token).json["items"]) == 1
    with job.shop.service.context.engine.connect() as connection:
        bodies = connection.execute(select(IdempotencyKey.body)).scalars().all()
    assert bodies
    assert not any(made.json["key"].encode() in body or b"csk1" in body for body in bodies)
    retired = job.send("DELETE", f"{KEYS}/{made.json['kid']}", {})
    again = job.send("DELETE", f"{KEYS}/{made.json['kid']}", {})
    assert (retired.status_code, again.status_code, again.data) == (204, 204, b"")


def test_only_one_of_several_identical_concurrent_requests_takes_effect(any_shop: Shop) -> None:
    job = Job(any_shop)
    draft, etag = job.changed()
    for path, method, body in ((DRAFT, "PUT", draft), (VERSIONS, "POST", {"note": "Once"})):
        etag = job.read()[1]
        before, begin, answers = len(job.actions()), threading.Barrier(6), list[TestResponse]()

        def write(
            path: str = path,
            method: str = method,
            body: Any = body,
            etag: str = etag,
            begin: threading.Barrier = begin,
            into: list[TestResponse] = answers,
        ) -> None:
            begin.wait()
            into.append(job.send(method, path, body, etag))

        threads = [threading.Thread(target=write) for _ in range(6)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        done = [one for one in answers if one.status_code in (200, 201)]
        assert done
        assert all(same(one, done[0]) for one in done)
        assert {code_of(one) for one in answers if one not in done} <= {(409, "request_running")}
        assert same(job.send(method, path, body, etag), done[0])
        assert len(job.actions()) == before + 1


@pytest.mark.parametrize(
    ("path", "action", "state"),
    [(APPLY, "site_group.applied", "changed"), (PUBLISH_GROUP, "version.published", "published")],
)
def test_a_group_is_continued_where_the_first_request_broke_off(job: Job, path: str, action: str, state: str) -> None:
    brand = add_brand(job.shop)
    publish_site(job.shop, "brand-b")
    context, now = job.shop.service.context, time.time()
    with context.engine.begin() as connection:
        site_groups.put(connection, "Brands", [job.shop.site_id, brand])
        look = {"accent": "#0a5c36", "radius": 4, "position": "bottom", "font": "system"}
        site_groups.save_shared(connection, "Brands", json.dumps({"look": look}), 0)
    if path == PUBLISH_GROUP:
        job.send("POST", APPLY, {"group": "Brands"})
    before = {site: job.actions(site).count(action) for site in ("brand-b", "shop")}
    context.clock = ends_process_at_second_site(now)
    with pytest.raises(SystemExit):
        job.send("POST", path, {"group": "Brands"})
    context.clock = lambda: now + 1
    assert {site: job.actions(site).count(action) - count for site, count in before.items()} == {
        "brand-b": 1,
        "shop": 0,
    }
    assert code_of(job.send("POST", path, {"group": "Brands"})) == (409, "request_running")
    context.clock = lambda: now + CLAIM_SECONDS + 1
    done = job.send("POST", path, {"group": "Brands"})
    assert [(one["site"], one["state"]) for one in done.json["items"]] == [("brand-b", state), ("shop", state)]
    assert same(done, job.send("POST", path, {"group": "Brands"}))
    assert {site: job.actions(site).count(action) - count for site, count in before.items()} == {
        "brand-b": 1,
        "shop": 1,
    }


def ends_process_at_second_site(now: float) -> Callable[[], float]:
    """Return a clock that ends the process at the second site, before its commit.

    The clock is read at the claim and once per site.
    """
    readings = iter([now, now])

    def clock() -> float:
        try:
            return next(readings)
        except StopIteration:
            raise SystemExit from None

    return clock
