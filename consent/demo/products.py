"""Product catalog of the demo shop, and the cart cookie."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MAX_QUANTITY = 20
"""How many of each plant a cart may hold."""


@dataclass(frozen=True, slots=True)
class Product:
    """One plant; `price` is in euro cents, and `video` is the id of its video, or empty."""

    slug: str
    name: str
    price: int
    line: str
    light: str
    water: str
    height: str
    text: str
    video: str = ""


_FILE = Path(__file__).parent / "products.json"
PRODUCTS = {facts["slug"]: Product(**facts) for facts in json.loads(_FILE.read_text("utf-8"))}


def read_cart(text: str) -> dict[str, int]:
    """Return the quantity of each plant in the cookie `text`, such as `aloe.2~monstera.1`."""
    cart: dict[str, int] = {}
    for part in text.split("~")[: len(PRODUCTS)]:
        slug, _, number = part.partition(".")
        if slug in PRODUCTS and number.isascii() and number.isdigit() and len(number) < 4:
            cart[slug] = min(int(number), MAX_QUANTITY)
    return {slug: number for slug, number in cart.items() if number}


def write_cart(cart: Mapping[str, int]) -> str:
    """Return the cookie value of `cart`."""
    return "~".join(f"{slug}.{number}" for slug, number in sorted(cart.items()) if number)


def total(cart: Mapping[str, int]) -> int:
    """Return the price of `cart`, in euro cents."""
    return sum(PRODUCTS[slug].price * number for slug, number in cart.items())
