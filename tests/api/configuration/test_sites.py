"""Sites by API: a token for every site creates them as the dashboard does, and any other is refused."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from consent.signing.receipt_claims import read_signed
from consent.storage.log import entries
from consent.storage.sites import sites
from tests.api.configuration.job import Job, code_of
from tests.api.shop import Shop

SITES = "/api/v1/sites"
NEW = {"name": "Ökö Shop", "hosts": ["https://www.oko.example", "https://oko.example"], "time_zone": "Europe/Berlin"}


@pytest.fixture
def owner(shop: Shop) -> Job:
    return Job(shop, "config:read", "config:write", "log:read")


def create(job: Job, body: Any, key: str = "") -> TestResponse:
    headers = {"Authorization": job.token} | ({"Idempotency-Key": key} if key else {})
    return job.shop.client.post(SITES, json=body, headers=headers)


def test_a_site_gets_the_defaults_of_the_dashboard_and_can_be_configured_at_once(owner: Job) -> None:
    made = create(owner, NEW | {"language": "de", "controller": {"name": "Ökö GmbH"}})
    assert made.status_code == 201, made.text
    assert made.json == {"key": "oko-shop", "name": "Ökö Shop", "cookie_scope": "oko.example", "etag": '"draft-1"'}
    assert made.headers["ETag"] == '"draft-1"'
    draft = owner.get(f"{SITES}/oko-shop/draft").json
    assert draft["hosts"] == NEW["hosts"]
    assert (draft["overrides"]["cookie_scope"], draft["overrides"]["time_zone"]) == ("oko.example", "Europe/Berlin")
    assert draft["texts"] == {"default_language": "de", "languages": {"de": {}}}
    assert draft["controller"]["name"] == "Ökö GmbH"
    assert draft["controller"]["storage_location"] == "Auf unserem eigenen Server"
    assert [one["key"] for one in owner.get(SITES).json["items"]] == ["shop", "oko-shop"]
    with owner.shop.service.context.engine.connect() as connection:
        site = sites.by_key(connection, "oko-shop")
        assert site is not None
        (entry,) = entries.of_action(connection, site.id, "site.created")
    claims = read_signed(entry.jws, owner.shop.service.context.keys.jwks, "consent-audit+jws")
    assert (claims["subject"], claims["after"]) == ("oko-shop", {"name": "Ökö Shop", "hosts": NEW["hosts"]})
    publish = owner.send("POST", f"{SITES}/oko-shop/versions", {}, '"draft-1"')
    assert code_of(publish) == (409, "not_publishable")
    assert "controller.address" in publish.json["error"]["fields"]


def test_a_repeated_request_creates_one_site(owner: Job) -> None:
    first, again = (create(owner, NEW, "a-key") for _ in range(2))
    assert (first.status_code, first.data, first.headers["ETag"]) == (201, again.data, again.headers["ETag"])
    assert code_of(create(owner, NEW)) == (409, "site_exists")
    assert len(owner.get(SITES).json["items"]) == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "\u200b"}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"hosts": []}, "hosts"),
        ({"hosts": ["www.oko.example"]}, "hosts.0"),
        ({"key": "A shop"}, "key"),
        ({"key": "instance"}, "key"),
        ({"language": "xx"}, "language"),
        ({"time_zone": "Europe/Nowhere"}, "time_zone"),
        ({"controller": {"name": 1}}, "controller.name"),
        ({"tags": []}, "tags"),
    ],
)
def test_an_invalid_field_creates_no_site(owner: Job, change: dict[str, Any], field: str) -> None:
    answer = create(owner, NEW | change)
    assert code_of(answer) == (400, "invalid_field")
    assert field in answer.json["error"]["fields"]
    assert len(owner.get(SITES).json["items"]) == 1


def test_only_a_token_for_every_site_creates_one(shop: Shop) -> None:
    bound = Job(shop, "config:read", "config:write", site_id=shop.site_id)
    answer = create(bound, NEW)
    assert code_of(answer) == (403, "insufficient_scope")
    assert "every site" in answer.json["error"]["message"]
    assert code_of(create(bound, NEW, "a-key")) == (403, "insufficient_scope")
    assert code_of(create(Job(shop, "config:read"), NEW)) == (403, "insufficient_scope")
    assert code_of(shop.client.post(SITES, json=NEW)) == (401, "invalid_token")
    with shop.service.context.engine.connect() as connection:
        assert [site.key for site in sites.every(connection)] == ["shop"]


def test_the_key_of_a_deleted_site_stays_taken(owner: Job) -> None:
    from sqlalchemy import update

    from consent.storage.tables.sites import Site

    create(owner, NEW)
    with owner.shop.service.context.engine.begin() as connection:
        connection.execute(update(Site).where(Site.key == "oko-shop").values(deleted_at=1))
    assert code_of(create(owner, NEW)) == (409, "site_exists")
