"""Configs are compiled when needed, and a new version is ready before it becomes live."""

import json

import pytest

from consent.core.documents.config import Config
from consent.runtime import live_configs
from consent.runtime.live_configs import LiveConfigs
from consent.signing.canonical_json import canonical
from consent.sites.shipped_rules import load_rules
from consent.storage.sites import configs, sites
from tests.api.shop import open_shop

NOW = 1_700_000_000


@pytest.fixture
def shop(tmp_path):
    shop = open_shop(tmp_path)
    yield shop
    shop.service.close()


@pytest.fixture
def bodies(shop):
    """Return a function that creates a site with a config like the shop's, or publishes it again."""
    engine = shop.service.context.engine
    document: Config = shop.service.context.configs.live.get("shop").document

    def publish(key, version=1):
        body = canonical(json.loads(json.dumps(document)) | {"site": key, "version": version})
        with engine.begin() as connection:
            row = sites.by_key(connection, key)
            site = row or sites.create(connection, key, key, "{}", NOW)
            name = configs.put_config(connection, site.id, version, body, now=NOW, by="tests")
            configs.set_live(connection, site.id, name)
        return name

    return publish


@pytest.fixture
def live(shop):
    return LiveConfigs(shop.service.context.engine, load_rules())


def test_few_sites_are_compiled_before_the_first_request(shop, bodies, live):
    names = {key: bodies(key) for key in ("one", "two")}
    live.refresh()
    assert live.usage().entries == 3
    assert {key: live.get(key).name for key in names} == names
    assert live.usage().hits == 2


def test_of_many_sites_each_is_compiled_when_it_is_requested(shop, bodies, live, monkeypatch):
    monkeypatch.setattr(live_configs, "MAX_COMPILED_AHEAD", 2)
    names = {f"site-{number}": bodies(f"site-{number}") for number in range(5)}
    live.refresh()
    assert live.usage().entries == 0
    assert live.get("site-3").name == names["site-3"]
    assert live.get("site-3").site_id == live.versions["site-3"].site_id
    assert live.usage().entries == 1
    assert live.get("nobody") is None


def test_the_sites_that_were_requested_last_stay_in_memory(shop, bodies, live, monkeypatch):
    first = bodies("site-0")
    live.refresh()
    monkeypatch.setattr(live_configs, "MAX_CONFIG_BYTES", 2 * live.get("site-0").weight)
    monkeypatch.setattr(live_configs, "MAX_COMPILED_AHEAD", 0)
    for number in range(1, 4):
        bodies(f"site-{number}")
    few = LiveConfigs(shop.service.context.engine, load_rules())
    few.refresh()
    for key in ("site-0", "site-1", "site-0", "site-2"):
        assert few.get(key).site == key
    assert few.usage().entries == 2
    misses = few.usage().misses
    assert few.get("site-0").name == first
    assert few.usage().misses == misses
    assert few.get("site-1").site == "site-1"
    assert few.usage().misses == misses + 1


def test_a_new_version_of_a_site_in_use_is_compiled_before_it_is_live(shop, bodies, live, monkeypatch):
    before = bodies("one")
    live.refresh()
    monkeypatch.setattr(live_configs, "MAX_COMPILED_AHEAD", 0)
    after = bodies("one", 2)
    assert live.get("one").name == before
    live.refresh()
    misses = live.usage().misses
    assert (live.get("one").name, live.versions["one"].version) == (after, 2)
    assert live.usage().misses == misses
    assert live.by_name("one", before).name == before
    # Open pages identify it by its first digits.
    assert live.by_digits(live.get("one"), before[7:23]).name == before
    assert live.by_digits(live.get("one"), "0" * 16) is None


def test_an_unpublished_site_is_no_longer_known(shop, bodies, live):
    bodies("one")
    live.refresh()
    with shop.service.context.engine.begin() as connection:
        configs.set_live(connection, sites.by_key(connection, "one").id, None)
    live.refresh()
    assert live.get("one") is None
    assert live.get("shop") is not None


def test_sites_share_the_texts_that_are_the_same(shop, bodies, live):
    bodies("one")
    live.refresh()
    assert live.get("one").texts("en") is live.get("shop").texts("en")
