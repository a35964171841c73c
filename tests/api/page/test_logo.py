"""The live banner's logo, served by the service itself."""

from consent.presentation.logo import read_logo
from consent.storage.sites import configs
from tests.dashboard.images import PNG


def test_the_live_logo_is_served_and_nothing_else(shop):
    logo = read_logo(PNG)
    with shop.service.context.engine.begin() as connection:
        name = configs.put_artifact(connection, "logo", logo.body)
        rules = configs.put_artifact(connection, "rules", b"something else that is kept")
    facts = {"sha256": name[7:], "type": logo.type, "width": logo.width, "height": logo.height}
    address = f"/b/shop/logo/{name[7:]}"
    assert shop.get(address).status_code == 404
    shop.edit(lambda draft: draft["look"].update(logo=facts))
    shop.publish()
    answer = shop.get(address)
    assert (answer.status_code, answer.data, answer.mimetype) == (200, PNG, "image/png")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "immutable" in answer.headers["Cache-Control"]
    assert f"$base/b/shop/logo/{name[7:]}" in shop.get("/b/shop.js").text
    assert shop.get(f"/b/shop/logo/{rules[7:]}").get_json()["error"]["code"] == "unknown_logo"
