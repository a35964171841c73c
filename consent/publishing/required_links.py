"""Links that the places of a site's visitors require and for which the owner has given no address or text."""

from collections.abc import Iterable
from typing import NamedTuple

from consent.core.translatable import all_translatable
from consent.presentation.links import ADDRESSED, DECLARED, REQUESTED, STATED
from consent.presentation.texts import banner_texts
from consent.runtime.compiled_config import CompiledConfig

NOTICES = all_translatable(
    {
        "texas_sale_notices": "Notice of sale in Texas",
        "florida_sale_notices": "Notice of sale in Florida",
        "sale_notices": "Notice of sale",
    }
)
"""Required statements for which we have no wording for visitors."""


class MissingLink(NamedTuple):
    """A link that leads to the privacy policy for lack of an address, or a notice that hasn't been written.

    `places` are the codes of the places that require it. A notice only concerns sites that sell such data.
    """

    token: str
    label: str
    places: tuple[str, ...]
    is_notice: bool


def missing_links(
    config: CompiledConfig, places: Iterable[tuple[str, str]], day: int, language: str
) -> list[MissingLink]:
    """Return what is missing for visitors in `places` (country, and subdivision or "") on `day` (since 1970-01-01).

    Labels are in `language`.
    """
    owner = config.overrides
    given = {*owner.get("link_addresses", {}), *owner.get("sale_notices", {}), *DECLARED}
    if config.takes_requests:
        given.add(REQUESTED)
    asking: dict[str, set[str]] = {}
    for country, subdivision in sorted(set(places)):
        if not country:
            continue
        for token in config.resolved(country, subdivision or None, day)["links"]:
            if token in (*ADDRESSED, *STATED) and token not in given:
                asking.setdefault(token, set()).add(f"{country}-{subdivision}" if subdivision else country)
    return [
        MissingLink(token, label_of(token, language), tuple(sorted(asking[token])), token in STATED)
        for token in (*ADDRESSED, *STATED)
        if token in asking
    ]


def label_of(token: str, language: str) -> str:
    """Return the label of the link for `token` in `language`, or the law's name for a statement."""
    return banner_texts(language).get(f"link_{token}") or NOTICES.get(token) or token.replace("_", " ").capitalize()
