"""A draft on the live site: only the browser with a signed link sees it."""

import pytest

from consent.signing.preview_token import Link, make_link, read_link
from consent.storage.sites import sites as previews
from consent.storage.sites.script_fetches import of_site as fetches_of
from tests.api.page.preview_link import link
from tests.api.shop import ORIGIN
from tests.code_guards import approve_all, guard_by

pytestmark = pytest.mark.attack

NAME = "consent_preview_shop"


def draft_differs(shop) -> None:
    """Change a tag's code and approve it as an admin."""
    shop.edit(lambda draft: draft["tags"][3]["load"].update(src="https://drafted.example/new.js"))
    approve_all(shop.service.context.engine, "shop", guard_by(shop.service.context.keys))


def script(shop, token: str):
    return shop.get("/b/shop.js", Cookie=f"a=b; {NAME}={token}", Referer=ORIGIN + "/")


def test_only_the_holder_of_the_link_gets_the_draft(shop):
    draft_differs(shop)
    before = shop.get("/b/shop.js")
    held = script(shop, link(shop))
    assert b"drafted.example" in held.data
    assert held.headers["Cache-Control"] == "no-store"
    assert b"previewHere" in held.data
    after = shop.get("/b/shop.js")
    assert (after.data, after.headers["ETag"]) == (before.data, before.headers["ETag"])
    assert b"drafted.example" not in after.data
    assert b"previewHere" not in after.data


def test_unapproved_code_does_not_run_in_a_preview(shop):
    """Anyone may receive the link, and starting the preview would run the code on the site's own origin."""

    def bring_code(draft):
        draft["tags"][2]["load"] = {"type": "html", "nodes": [{"kind": "script", "text": "evil()"}]}
        draft["tags"][3]["load"]["src"] = "https://drafted.example/new.js"
        draft["vendors"][3]["revoke"] = [{"call": "evil", "args": []}]

    shop.edit(bring_code)
    held = script(shop, link(shop)).data
    assert b"previewHere" in held
    assert b"evil" not in held
    assert b"drafted.example" not in held
    approve_all(shop.service.context.engine, "shop", guard_by(shop.service.context.keys))
    held = script(shop, link(shop)).data
    assert b"drafted.example" in held
    assert b"evil()" in held
    assert b'"evil"' not in held, "calls of a vendor are those of the catalog, and nobody approves others"


def test_a_preview_is_not_counted_and_stores_no_choice(shop):
    held = script(shop, link(shop))
    shop.service.context.buffers.script_fetches.flush()
    with shop.service.context.engine.connect() as connection:
        assert fetches_of(connection, shop.site_id) == []
    assert b'"token": ""' in held.data
    body = shop.choice() | {"token": ""}
    assert shop.choose(body).status_code in (400, 403)
    assert shop.receipts() == 0


@pytest.mark.parametrize("case", ["forged", "ended", "of another site", "too old", "nonsense", "long", "umlaut"])
def test_an_invalid_link_shows_the_published_version(shop, case):
    draft_differs(shop)
    good = link(shop)
    token = {
        "forged": good[:-1] + ("A" if good[-1] != "A" else "B"),
        "ended": link(shop, seconds=-1),
        "of another site": link(shop, site="other"),
        "too old": good,
        "nonsense": "1.2",
        "long": "1." * 200,
        "umlaut": "1.0.ä",
    }[case]
    if case == "too old":
        with shop.service.context.engine.begin() as connection:
            previews.revoke_previews(connection, shop.site_id)
    assert script(shop, token).data == shop.get("/b/shop.js").data
    page = shop.get(f"/p/shop?key={token}")
    assert (page.status_code, "Set-Cookie" in page.headers) == (404, False)
    assert "This link has ended" in page.text


def test_one_button_starts_the_preview_and_another_ends_it(shop):
    token = link(shop)
    page = shop.get(f"/p/shop?key={token}")
    assert (page.status_code, "Set-Cookie" in page.headers) == (200, False), "a page elsewhere may load it as an image"
    assert "Start the preview" in page.text
    started = shop.client.post("/p/shop", data={"key": token})
    assert ORIGIN in started.text
    cookie = started.headers["Set-Cookie"]
    assert cookie.startswith(f"{NAME}={token};")
    assert "HttpOnly" in cookie
    assert started.headers["Referrer-Policy"] == "no-referrer"
    assert "Leave the preview" in shop.get("/p/shop", Cookie=f"{NAME}={token}").text
    left = shop.client.post("/p/shop", data={"leave": "1"})
    assert "Max-Age=0" in left.headers["Set-Cookie"]


def test_a_form_of_another_website_cannot_start_or_end_a_preview(shop):
    for fields in ({"key": link(shop)}, {"leave": "1"}):
        answer = shop.client.post("/p/shop", data=fields, headers={"Sec-Fetch-Site": "cross-site"})
        assert (answer.status_code, "Set-Cookie" in answer.headers) == (403, False)


@pytest.mark.parametrize("site", ["x;%20Domain=example.com", "a%0d%0aSet-Cookie:b=c", "%c3%bc", "A"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_invalid_site_key_does_not_reach_a_header(shop, site, method):
    answer = getattr(shop.client, method)(f"/p/{site}", data={"leave": "1"})
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "unknown_site")
    assert "Set-Cookie" not in answer.headers


def test_a_site_that_was_never_published_is_previewed_too(shop):
    from consent.storage.sites import configs

    with shop.service.context.engine.begin() as connection:
        configs.set_live(connection, shop.site_id, None)
    shop.service.context.configs.live.refresh()
    assert shop.get("/b/shop.js").status_code == 404
    assert script(shop, link(shop)).status_code == 200


def test_a_page_in_another_language_asks_the_draft_in_it(shop):
    shop.edit(lambda draft: draft["texts"]["languages"].update(de={}))
    cookie = f"{NAME}={link(shop)}"
    answer = shop.get("/p/shop/decision?view=banner&language=de", Cookie=cookie, Origin=ORIGIN)
    assert answer.json["banner"]["visit"]["language"] == "de"
    assert shop.get("/p/shop/decision?language=de", Origin=ORIGIN).status_code == 404
    assert shop.get("/p/shop/decision", Cookie=cookie, Origin="https://elsewhere.example").status_code == 403


def test_a_link_is_valid_only_until_its_expiry_and_with_its_secret() -> None:
    made = make_link(b"secret", Link("shop", 100, 3))
    assert read_link(b"secret", "shop", made, 99) == Link("shop", 100, 3)
    assert read_link(b"secret", "shop", made, 100) is None
    assert read_link(b"other", "shop", made, 99) is None
