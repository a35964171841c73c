"""Which hosts fetched which version, known from the page addresses that browsers send and with no visitor data."""

from consent.storage.sites import sites
from consent.storage.sites.script_fetches import Fetch
from consent.storage.sites.script_fetches import of_site as fetches_of
from tests.api.shop import ORIGIN


def seen(shop) -> list[Fetch]:
    context = shop.service.context
    context.buffers.script_fetches.flush()
    with context.engine.connect() as connection:
        return fetches_of(connection, shop.site_id)


def live(shop) -> str:
    return shop.service.context.configs.live.get("shop").name


def test_a_page_is_known_by_its_host_alone(shop):
    shop.get("/b/shop.js", Referer=f"{ORIGIN}/basket?secret=1")
    (one,) = seen(shop)
    assert (one.origin, one.config) == (ORIGIN, live(shop))


def test_counts_empty_responses_and_pages_that_already_have_the_code(shop):
    tag = shop.get("/b/shop.js").headers["ETag"]
    assert [one.origin for one in seen(shop)] == [""]
    assert shop.get("/b/shop.js", If_None_Match=tag, Referer=ORIGIN + "/").status_code == 304
    assert {one.origin for one in seen(shop)} == {"", ORIGIN}
    before = live(shop)
    shop.edit(lambda draft: draft["tags"][0].update(enabled=False))
    shop.publish()
    shop.decision("?view=banner", Origin=ORIGIN)
    assert {one.origin: one.config for one in seen(shop)} == {"": before, ORIGIN: live(shop)}


def test_a_page_whose_server_proxies_the_script_with_a_token_counts(shop):
    shop.get("/b/shop.js", Authorization=shop.token("decide"), Referer=ORIGIN + "/")
    assert [one.origin for one in seen(shop)] == [ORIGIN]


def test_ignores_unknown_hosts_and_the_sites_own_server(shop):
    shop.get("/b/shop.js", Referer="https://elsewhere.example/")
    shop.decision("?view=banner", Authorization=shop.token("decide"))
    shop.decision(Origin=ORIGIN)
    assert seen(shop) == []


def test_writes_a_frequently_fetching_host_only_occasionally(shop):
    pages, config = shop.service.context.buffers.script_fetches, shop.service.context.configs.live.get("shop")
    times = {}
    for second in (1000, 1001, 1119, 1120, 1125, 1129, 1135, 1139):
        pages.note(config, ORIGIN + "/", second)
        times[second] = seen(shop)[0].fetched_at
    assert [times[second] for second in (1000, 1001, 1119)] == [1000, 1001, 1119]
    assert [times[second] for second in (1120, 1125, 1129, 1135, 1139)] == [1119, 1119, 1129, 1129, 1139]


def test_records_a_page_that_asks_before_the_first_publish_but_no_unknown_site(shop):
    context = shop.service.context
    with context.engine.begin() as connection:
        new = sites.create(connection, "new", "New", "{}", 0)
    for key in ("new", "made-up"):
        assert shop.get(f"/b/{key}.js", Referer="https://evil.example/").status_code == 404
    assert seen(shop) == []
    with context.engine.connect() as connection:
        (one,) = fetches_of(connection, new.id)
    assert (one.origin, one.config) == ("", "")


def test_a_site_check_does_not_count_as_a_page_before_or_after_the_first_publish(shop):
    context = shop.service.context
    with context.engine.begin() as connection:
        new = sites.create(connection, "new", "New", "{}", 0)
    for key, status in (("new", 404), ("shop", 200)):
        assert shop.get(f"/b/{key}.js", Referer=ORIGIN + "/", Consent_Check="1").status_code == status
    shop.decision("?view=banner", Origin=ORIGIN, Consent_Check="1")
    assert seen(shop) == []
    with context.engine.connect() as connection:
        assert fetches_of(connection, new.id) == []
