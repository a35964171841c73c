"""The shop's own pages: catalog, cart, checkout."""

import re

import pytest
from flask.testing import FlaskClient

from consent.demo.products import PRODUCTS, read_cart, total, write_cart

PAGES = [
    "/",
    *(f"/plants/{slug}" for slug in PRODUCTS),
    "/cart",
    "/checkout",
    "/checkout/thanks/12345",
    "/privacy",
    "/demo/hits",
]


def token_of(page: str) -> str:
    found = re.search(r'name="form_token" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def put_in_cart(shop: FlaskClient, slug: str, number: str = "1", **more: str) -> None:
    form = {"form_token": token_of(shop.get(f"/plants/{slug}").text), "plant": slug, "number": number, **more}
    assert shop.post("/cart", data=form).status_code == 303


@pytest.mark.parametrize("page", PAGES)
def test_each_page_has_one_line_of_script_and_a_way_back_to_the_choices(shop: FlaskClient, page: str) -> None:
    answer = shop.get(page, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert len(re.findall(r'<script async src="/consent/b/demo\.js"', answer.text)) == 1
    assert "<span data-choices-link></span>" in answer.text


@pytest.mark.parametrize("page", PAGES)
def test_no_page_has_style_or_running_script_inside(shop: FlaskClient, page: str) -> None:
    text = shop.get(page, headers={"Accept": "text/html"}).text
    inside = re.findall(r"<script(?![^>]*\ssrc=)([^>]*)>", text)
    assert all('type="text/plain"' in attributes for attributes in inside)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", text)


def test_the_picture_of_every_plant_is_there(shop: FlaskClient) -> None:
    for slug in PRODUCTS:
        with shop.get(f"/static/plants/{slug}.svg") as answer:
            assert answer.mimetype == "image/svg+xml"


def test_a_product_page_marks_its_film_and_its_script_to_wait(shop: FlaskClient) -> None:
    text = shop.get("/plants/monstera").text
    assert (
        '<iframe data-consent="functional" data-vendor="demo-video" data-src="http://video.vendors.localhost:' in text
    )
    assert re.search(r'<iframe [^>]*width="640" height="360" title="', text)
    assert '<script type="text/plain" data-consent="analytics">' in text
    assert '<script async src="/consent/b/demo.js"></script>' in text


def test_the_session_cookie_is_kept_from_scripts(shop: FlaskClient) -> None:
    cookie = shop.get("/").headers["Set-Cookie"]
    assert cookie.startswith("shop_session=")
    assert "HttpOnly" in cookie
    assert "Set-Cookie" not in shop.get("/").headers


def test_the_cart_adds_up_changes_and_empties(shop: FlaskClient) -> None:
    put_in_cart(shop, "aloe")
    put_in_cart(shop, "monstera", "2")
    put_in_cart(shop, "monstera")
    assert "€114.50" in shop.get("/cart").text
    put_in_cart(shop, "monstera", "0", replace="1")
    assert "€114.50" not in shop.get("/cart").text
    put_in_cart(shop, "aloe", "0", replace="1")
    assert "Your cart is empty" in shop.get("/cart").text
    assert shop.get_cookie("cart") is None


def test_a_form_of_another_visit_is_refused(shop: FlaskClient) -> None:
    shop.get("/")
    assert shop.post("/cart", data={"form_token": "0" * 64, "plant": "aloe", "number": "1"}).status_code == 400


@pytest.mark.parametrize(
    ("plant", "number"),
    [("orchid", "1"), ("aloe", "-1"), ("aloe", "21"), ("aloe", "9" * 5000), ("aloe", "²")],
)
def test_a_cart_takes_only_what_the_shop_sells(shop: FlaskClient, plant: str, number: str) -> None:
    form = {"form_token": token_of(shop.get("/plants/aloe").text), "plant": plant, "number": number}
    assert shop.post("/cart", data=form).status_code == 400


@pytest.mark.parametrize("text", ["", "~~", "aloe", "aloe.x", "orchid.1", "aloe.-1", "aloe.²", "aloe.0", "." * 4000])
def test_a_damaged_cart_cookie_is_an_empty_cart(text: str) -> None:
    assert read_cart(text) == {}


def test_a_cart_survives_its_cookie() -> None:
    cart = {"aloe": 2, "monstera": 1}
    assert read_cart(write_cart(cart)) == cart
    assert total(cart) == 2 * 1250 + 3400


def test_an_order_needs_every_field_and_ends_the_cart(shop: FlaskClient) -> None:
    put_in_cart(shop, "aloe")
    form = {
        "form_token": token_of(shop.get("/checkout").text),
        "name": "Mia",
        "email": "mia",
        "street": "1 Lane",
        "city": "",
    }
    refused = shop.post("/checkout", data=form)
    assert refused.status_code == 400
    assert "Enter an email address with an @ sign." in refused.text
    assert "Postcode and town is missing." in refused.text
    done = shop.post("/checkout", data=form | {"email": "mia@example.org", "city": "8000 Zürich"})
    assert done.status_code == 303
    assert shop.get_cookie("cart") is None
    assert "Thank you" in shop.get(done.headers["Location"]).text


def test_the_checkout_has_a_strict_policy_with_a_fresh_nonce(shop: FlaskClient) -> None:
    first, second = shop.get("/checkout"), shop.get("/checkout")
    policy = first.headers["Content-Security-Policy"]
    nonce = re.search(r"'nonce-([^']+)' 'strict-dynamic'", policy)
    assert nonce
    assert f'src="/consent/b/demo.js" nonce="{nonce[1]}"' in first.text
    assert "require-trusted-types-for 'script'" in policy
    assert policy != second.headers["Content-Security-Policy"]


def test_an_unknown_page_shows_an_error(shop: FlaskClient) -> None:
    answer = shop.get("/plants/orchid")
    assert answer.status_code == 404
    assert "Nothing grows here" in answer.text


def test_the_privacy_page_leads_to_what_the_visitor_chose(shop: FlaskClient) -> None:
    assert '<a href="/consent/r/demo">' in shop.get("/privacy").text
