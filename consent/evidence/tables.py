"""CSV tables of an evidence pack: tags with groups and reasons, rules with sources, decisions, and counts."""

import csv
import datetime
import io
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from consent.alarms.enforcement_days import SignedDay
from consent.core.days import date_of
from consent.core.documents.config import Config
from consent.core.documents.json_object import JsonObject
from consent.core.documents.tags import Tag
from consent.core.documents.vendors import Cookie
from consent.core.groups import GROUPS
from consent.core.rules import Rules
from consent.evidence.banners_shown import Case
from consent.exports.csv_format import escape_formula
from consent.storage.statistics.losses import Losses
from consent.storage.statistics.receipts_per_day import DayCount
from consent.storage.tables.statistics import STATES

LEVELS = ("functional", "analytics", "advertising")
RULE_COLUMNS = (
    *("code", "name", "regime", "law", "in_force_since", *LEVELS, "opt_out_scope", "gpc", "gpc_since", "dnt"),
    *("consent_max_months", "required_links", "authority", "status", "recalled_fields", "checked", "sources"),
)


class TagRow(NamedTuple):
    """A tag, its vendor, and the reason for its group; booleans are yes or no, codes are separated by spaces."""

    id: str
    name: str
    vendor: str
    company: str
    country: str
    group: str
    reason: str
    enabled: str
    sale_or_share: str
    exemptions: str
    purposes: str


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return rows as CSV (RFC 4180), with cells escaped so that spreadsheets don't run them as formulas."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([escape_formula("" if cell is None else str(cell)) for cell in row] for row in rows)
    return out.getvalue().encode()


def tag_rows(document: Config, purpose_groups: dict[str, str]) -> list[TagRow]:
    """Return the tags of a config, each with its vendor and the reason for its group."""
    vendors = {vendor["id"]: vendor for vendor in document["vendors"]}
    rows = []
    for tag in document["tags"]:
        vendor = vendors.get(tag["vendor"])
        rows.append(
            TagRow(
                tag["id"],
                tag["name"],
                vendor["name"] if vendor else tag["vendor"],
                vendor["company"] if vendor else "",
                (vendor["country"] or "") if vendor else "",
                tag["group"],
                _reason(tag, document["cookies"], purpose_groups),
                "yes" if tag["enabled"] else "no",
                "yes" if tag["sale_or_share"] else "no",
                " ".join(tag["exemptions"]),
                " ".join(tag["purposes"]),
            )
        )
    return rows


def _reason(tag: Tag, cookies: list[Cookie], purpose_groups: dict[str, str]) -> str:
    """Return why a tag is in its group: its purposes, its vendor's cookies, and an admin's notes."""
    parts = [f"purpose {code} is {purpose_groups.get(code, 'not known')}" for code in tag["purposes"]]
    for group in reversed(GROUPS):
        names = [one["name"] for one in cookies if one["vendor"] == tag["vendor"] and one["group"] == group]
        if names:
            parts.append(f"{group} cookies {', '.join(names[:5])}" + (f" and {len(names) - 5} more" * (len(names) > 5)))
            break
    notes: JsonObject = tag
    parts += [
        str(notes[name]) for name in ("necessity", "limited_reason", "flags_note", "payment_note") if notes.get(name)
    ]
    return "; ".join(parts) or "chosen by hand"


def rule_rows(rules: Rules, day: datetime.date) -> list[list[str]]:
    """Return the rules with their sources and whether each was in force on `day`."""
    return [
        [row.get(name, "") for name in RULE_COLUMNS] + ["yes" if row["in_force_since"] <= day.isoformat() else "no"]
        for row in rules.rows.values()
    ]


def decision_rows(shown: Iterable[Case]) -> list[list[str]]:
    """Return, for each regime and tag, whether the tag ran for visitors who hadn't chosen, and why."""
    return [
        [case.regime, case.place.code or "unknown", tag["id"], tag["group"], tag["mode"], tag["reason"]]
        for case in shown
        for tag in case.tags
    ]


COUNT_COLUMNS = ("day", "regime", "action", "choice", "receipts", "of_bots")


def count_rows(day_counts: Iterable[DayCount]) -> list[list[Any]]:
    """Return the number of receipts per day."""
    return [[date_of(one.day), *one[1:]] for one in day_counts]


LOSS_COLUMNS = ("shown", "chosen", "kept", "prompt", "late", "refused", "postponed", "missing")


def loss_rows(losses: dict[int, Losses]) -> list[list[Any]]:
    """Return the loss meter for each day."""
    return [[date_of(day), *(getattr(one, name) for name in LOSS_COLUMNS)] for day, one in losses.items()]


ENFORCEMENT_COLUMNS = (
    "day",
    "sampled_one_in",
    *(f"{what}_{state}" for state in STATES for what in ("views", "asked")),
    "vendors",
    "scans",
    "open_leaks",
)


def enforcement_rows(days: Iterable[SignedDay]) -> list[list[Any]]:
    """Return the signed daily enforcement counts; an empty count means fewer than 20."""
    return [
        [
            *(one["day"], one["sampled_one_in"]),
            *(one[what][state] for state in STATES for what in ("views", "asked")),
            " ".join(f"{vendor}:{views}" for vendor, views in one["vendors"].items()),
            *(one["scans"]["finished"], one["scans"]["open_leaks"]),
        ]
        for one in (day.facts for day in days)
    ]
