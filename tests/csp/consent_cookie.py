"""The consent cookie of a visitor to the shop."""

from consent.core.choice import Choice, format_choice
from consent.core.groups import OPTIONAL
from consent.runtime.compiled_config import day_of_time
from tests.api.shop import Shop


def cookie(shop: Shop, answers: str, vendors: dict[str, bool] | None = None, place: str = "DE") -> str:
    """Return a consent cookie from today; `answers` has a mark for each of the three groups."""
    config = shop.service.context.configs.live.get("shop")
    assert config
    day = day_of_time(shop.service.context.clock())
    resolved = config.resolved(*(place.split("-") if "-" in place else (place, None)), day)
    values = {"1": True, "0": False, "-": None}
    groups = {group: values[mark] for group, mark in zip(OPTIONAL, answers, strict=True)}
    keys = {group: resolved["groups"][group]["keys"][0] for group in OPTIONAL}
    return format_choice(Choice(day, resolved["regime"], groups, keys, vendors or {}, 0, resolved["letters"]))
