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


def test_an_answer_without_bytes_counts_too_and_so_does_a_page_that_has_the_code_already(shop):
    tag = shop.get("/b/shop.js").headers["ETag"]
    assert [one.origin for one in seen(shop)] == [""]
    assert shop.get("/b/shop.js", If_None_Match=tag, Referer=ORIGIN + "/").status_code == 304
    assert {one.origin for one in seen(shop)} == {"", ORIGIN}
    before = live(shop)
    shop.edit(lambda draft: draft["tags"][0].update(enabled=False))
    shop.publish()
    shop.decision("?view=banner", Origin=ORIGIN)
    assert {one.origin: one.config for one in seen(shop)} == {"": before, ORIGIN: live(shop)}


def test_a_strange_host_and_the_sites_own_server_are_not_noted(shop):
    shop.get("/b/shop.js", Referer="https://elsewhere.example/")
    shop.decision("?view=banner", Authorization=shop.token("decide"))
    shop.decision(Origin=ORIGIN)
    assert seen(shop) == []


def test_a_host_that_goes_on_fetching_is_written_now_and_then_only(shop):
    pages, config = shop.service.context.buffers.script_fetches, shop.service.context.configs.live.get("shop")
    times = {}
    for second in (1000, 1001, 1119, 1120, 1125, 1129, 1135, 1139):
        pages.note(config, ORIGIN + "/", second)
        times[second] = seen(shop)[0].fetched_at
    assert [times[second] for second in (1000, 1001, 1119)] == [1000, 1001, 1119]
    assert [times[second] for second in (1120, 1125, 1129, 1135, 1139)] == [1119, 1119, 1129, 1129, 1139]


def test_a_page_that_asks_before_anything_is_published_is_noted_and_a_made_up_site_is_not(shop):
    context = shop.service.context
    with context.engine.begin() as connection:
        new = sites.create(connection, "new", "New", "{}", 0)
    for key in ("new", "made-up"):
        assert shop.get(f"/b/{key}.js", Referer="https://evil.example/").status_code == 404
    assert seen(shop) == []
    with context.engine.connect() as connection:
        (one,) = fetches_of(connection, new.id)
    assert (one.origin, one.config) == ("", "")


def test_a_check_of_the_site_is_no_page_before_and_after_the_first_publish(shop):
    context = shop.service.context
    with context.engine.begin() as connection:
        new = sites.create(connection, "new", "New", "{}", 0)
    for key, status in (("new", 404), ("shop", 200)):
        assert shop.get(f"/b/{key}.js", Referer=f"{context.settings.base_url}/").status_code == status
    assert seen(shop) == []
    with context.engine.connect() as connection:
        assert fetches_of(connection, new.id) == []
