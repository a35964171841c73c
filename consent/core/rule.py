"""The rule of one place: a row of regions.csv, evaluated at a date."""

import datetime
from dataclasses import dataclass

from consent.core.age_rules import Band, parse_bands
from consent.core.groups import LEVELS, OPTIONAL

SALE_BANNED, TRANSFER_BANNED = "sale_banned", "transfer_banned"
"""Bans on precise location that no consent lifts: it may not be sold, or not be passed on at all."""
LOCATION_BANS = ("", SALE_BANNED, TRANSFER_BANNED)
"""Laxest first."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The rules of one place at one date; `levels` (ranks) and `exemptions` (ids) are in the order of `OPTIONAL`.

    `authority` supervises the law, empty for several rows combined. `unsure` are the groups whose level no source
    confirms. `location` is one of `LOCATION_BANS`.
    """

    code: str
    regime: str
    law: str
    levels: tuple[int, int, int]
    exemptions: tuple[str, str, str] = ("", "", "")
    scope: str = "group"
    gpc: str = "no"
    dnt: str = "no"
    minors: tuple[Band, ...] = ()
    sensitive_data: tuple[str, ...] = ()
    consent_months: int | None = None
    cooldown_months: int | None = None
    links: tuple[str, ...] = ()
    shows_status: bool = False
    status: str = "design_choice"
    authority: str = ""
    location: str = ""
    unsure: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Return the name of this rule in a decision."""
        return f"{self.code} {self.regime} {self.law}".strip()


def evaluate(row: dict[str, str], date: datetime.date | None) -> Rule:
    """Return the rule of `row` in force at `date`; None means a day when all of it is in force."""
    today = date.isoformat() if date else "9999-12-31"
    return Rule(
        code=row["code"],
        regime=row["regime"],
        law=row["law"],
        levels=(
            LEVELS.index(row["functional"]),
            LEVELS.index(row["analytics"]),
            LEVELS.index(row["advertising"]),
        ),
        exemptions=(exemption_id(row["functional_exemption"]), exemption_id(row["analytics_exemption"]), ""),
        scope=row["opt_out_scope"],
        gpc=row["gpc"] if row["gpc_since"] <= today else "no",
        dnt=row["dnt"],
        minors=tuple(band for band in parse_bands(row["minors"]) if band.since <= today),
        sensitive_data=_sensitive(row, today),
        consent_months=_number(row["consent_max_months"]),
        cooldown_months=_number(row["refusal_cooldown_months"]),
        links=split_words(row["required_links"]),
        shows_status=row["opt_out_status_display"] == "yes" and row["opt_out_status_since"] <= today,
        status=row["status"],
        authority=row["authority"],
        location=_location(row, today),
        unsure=unsure_groups(row),
    )


def unsure_groups(row: dict[str, str]) -> tuple[str, ...]:
    """Return the groups whose level in a row of regions.csv was written from memory only."""
    recalled = row["recalled_fields"].split(";")
    return tuple(group for group in OPTIONAL if group in recalled or "all" in recalled)


def exemption_id(text: str) -> str:
    """Return the id of an exemption in a row, or an empty string for none."""
    return "" if text == "none" else text


def _sensitive(row: dict[str, str], today: str) -> tuple[str, ...]:
    """Return a row's values for sensitive pages; the last one applies from the day in `sensitive_since`, if set."""
    tokens = split_words(row["sensitive_data"])
    return tokens if row.get("sensitive_since", "") <= today else tokens[:-1]


def _location(row: dict[str, str], today: str) -> str:
    """Return the ban on precise location that is in force; tables of earlier editions have none."""
    return row.get("precise_location", "") if row.get("precise_location_since", "") <= today else ""


def split_words(text: str) -> tuple[str, ...]:
    """Return the `;`-separated words of a cell."""
    return tuple(filter(None, text.split(";")))


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else None
