"""Check the tables of a rule package cell by cell, so that decisions and pages never meet a value they can't read."""

import csv
import datetime
import io
import re
from collections.abc import Callable, Iterator, Mapping

from consent.core.age_rules import ADULT, TOKENS
from consent.core.groups import EFFECTS, LEVELS, OPTIONAL
from consent.core.privacy_rights import PACES, UNITS
from consent.core.rule import LOCATION_BANS
from consent.core.rules import DNT_DUTIES, GPC_DUTIES, SCOPES, SINCE
from consent.presentation.links import ADDRESSED, INSTEAD, OPENS, POLICY, REFUSES, STATED

MAX_SHOWN = 60
"""Maximum number of characters of a cell that a message repeats."""
CODE = r"[A-Z][A-Z0-9](-[A-Z0-9]{1,3})?"
URL = r"https?://[^\s\"<>]+"
SENSITIVE = (
    *("notice", "opt_out", "limit_use", "opt_in", "opt_in_consumer_health", "explicit_opt_in"),
    *("signed_authorisation_to_sell", "sale_banned", "strictly_necessary_only"),
)
LINKS = (*REFUSES, *OPENS, *ADDRESSED, *STATED, POLICY, INSTEAD)
CLOSED = {
    **dict.fromkeys(OPTIONAL, LEVELS),
    "essential": ("none",),
    "level": ("country", "state", "province", "group", "default"),
    "opt_out_scope": SCOPES,
    "gpc": GPC_DUTIES,
    "dnt": DNT_DUTIES,
    "wall": ("open", "restricted", "unclear", "barred"),
    "reject_parity": ("recommended", "ftc_deception", "dark_pattern_ban", "yes"),
    "consent_basis": ("", "guidance", "practice", "rule", "strictest"),
    "opt_out_status_display": ("no", "yes"),
    "tcf": ("no", "yes"),
    "status": ("confirmed", "partial", "recalled", "design_choice"),
    "precise_location": LOCATION_BANS,
}
"""The allowed values of columns of regions.csv."""
LISTED = {"sensitive_data": SENSITIVE, "required_links": LINKS}
"""The allowed values of columns of regions.csv with `;`-separated lists."""
NUMBERS = ("child_age", "consent_max_months", "refusal_cooldown_months", "gpp_section")
NEEDED = ("name", "sources", "checked")
Row = Mapping[str, str]


def table_problems(files: Mapping[str, str]) -> Iterator[str]:
    """Yield the problems in the tables, each with its table, row and column."""
    codes = {row.get("code", "") for _, row in _rows(files["regions.csv"])}
    for name, key, check in _CHECKS:
        seen: set[str] = set()
        for line, row in _rows(files[name]):
            where = f"{name}, {row.get(key) or f'line {line}'}"[:MAX_SHOWN]
            if None in row or None in row.values():
                yield f"{where}: the number of cells differs from the number of columns"
                continue
            yield from (f"{where}: {problem}" for problem in check(row, codes))
            if name in _UNIQUE and row[key] in seen:
                yield f"{where}: the row is repeated"
            seen.add(row[key])


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    for row in reader:
        yield reader.line_num, row


def _region(row: Row, codes: set[str]) -> Iterator[str]:
    code = row["code"]
    if not re.fullmatch(CODE, code) or code[:2] not in codes:
        yield "code is not that of a place whose country has a row"
    yield from (f"{name} is empty" for name in NEEDED if not row[name])
    if not re.fullmatch("[a-z_]{1,40}", row["regime"]):
        yield _invalid("regime", row)
    yield from (_invalid(name, row) for name, words in CLOSED.items() if name in row and row[name] not in words)
    yield from (
        _invalid(name, row) for name, words in LISTED.items() if set(filter(None, row[name].split(";"))) - {*words}
    )
    yield from (_invalid_date(name, row) for name in (*SINCE, "checked") if not _is_date(row.get(name, "")))
    yield from (
        f"{name} is not a number: {_shown(row[name])}" for name in NUMBERS if not re.fullmatch(r"\d{0,3}", row[name])
    )
    for group in ("functional", "analytics"):
        exemption = row[f"{group}_exemption"]
        if exemption != "none" and not re.fullmatch(f"[a-z]+:{re.escape(code)}", exemption):
            yield _invalid(f"{group}_exemption", row)
        if row[group] == "notice_and_opt_out" and exemption == "none":
            yield f"{group} is for tags with an exemption, and the row has none"
    unsure = [name.partition(":")[0] for name in row["recalled_fields"].split(";") if name]
    yield from (
        f"recalled_fields names an unknown column: {_shown(name)}" for name in unsure if name not in (*row, "all")
    )
    yield from (f"minors has an invalid band: {_shown(band)}" for band in _bands(row) if not _is_band(band))
    yield from _address("authority_url", row)


def _bands(row: Row) -> list[str]:
    return [band for band in row["minors"].split(";") if band]


def _is_band(band: str) -> bool:
    match = re.fullmatch(r"(\d{1,2})-(\d{1,2}):([a-z_]+):([a-z_+]+):([\d-]*)", band)
    if not match or not int(match[1]) <= int(match[2]) < ADULT or match[3] not in EFFECTS:
        return False
    tokens = match[4].split("+")
    return tokens == [token for token in TOKENS if token in tokens] and _is_date(match[5])


def _alias(row: Row, codes: set[str]) -> Iterator[str]:
    if not re.fullmatch(CODE, row["code"]) or row["code"] in codes:
        yield "code is not that of a place without a row"
    if row["row"] and row["row"] not in codes:
        yield f"row is not in the rules: {_shown(row['row'])}"


def _source(row: Row, codes: set[str]) -> Iterator[str]:
    if strange := sorted(set(row["rows"].split(";")) - codes):
        yield f"rows names a row that is not in the rules: {_shown(strange[0])}"
    if not row["statute"]:
        yield "statute is empty"
    if not row["url"]:
        yield "url is empty"
    yield from _address("url", row)
    for name, words in (("read", ("yes", "part", "no")), ("url_seen", ("yes", "home", "no"))):
        if row[name] not in words:
            yield _invalid(name, row)
    if not _is_date(row["checked"]):
        yield _invalid_date("checked", row)


def _event(row: Row, _: set[str]) -> Iterator[str]:
    if not _is_date(row["day"]):
        yield _invalid_date("day", row)
    if not re.fullmatch(CODE, row["code"]):
        yield _invalid("code", row)
    if row["kind"] not in ("law", "draft"):
        yield _invalid("kind", row)
    if row.get("signal", "") not in ("", "gpc"):
        yield _invalid("signal", row)
    yield from _address("url", row)


def _period(row: Row, _: set[str]) -> Iterator[str]:
    yield from (
        f"places has an unknown place code: {_shown(code)}"
        for code in row["places"].split(";")
        if not re.fullmatch(CODE, code)
    )
    if row["unit"] not in (*UNITS, *PACES):
        yield _invalid("unit", row)
    elif row["unit"] in UNITS and not re.fullmatch(r"\d{1,3}", row["period"]):
        yield f"period is not a number: {_shown(row['period'])}"
    if not re.fullmatch(r"\d{0,3}", row["extension"]):
        yield f"extension is not a number: {_shown(row['extension'])}"
    yield from (_invalid_date(name, row) for name in ("checked", "since") if not _is_date(row.get(name, "")))


def _authority(row: Row, _: set[str]) -> Iterator[str]:
    if not re.fullmatch(CODE, row["place"]):
        yield _invalid("place", row)
    for name in ("url", "complaint_url"):
        yield from _address(name, row)
    if row.get("mail") and not re.fullmatch(r"[^\s@<>\"]+@[^\s@<>\"]+", row["mail"]):
        yield f"mail is not an email address: {_shown(row['mail'])}"


_CHECKS: tuple[tuple[str, str, Callable[[Row, set[str]], Iterator[str]]], ...] = (
    ("regions.csv", "code", _region),
    ("aliases.csv", "code", _alias),
    ("sources.csv", "rows", _source),
    ("events.csv", "code", _event),
    ("periods.csv", "places", _period),
    ("authorities.csv", "place", _authority),
)
"""Each table with the column that identifies a row, and its check."""
_UNIQUE = ("regions.csv", "aliases.csv", "authorities.csv")


def _address(name: str, row: Row) -> Iterator[str]:
    if row.get(name) and not re.fullmatch(URL, row[name]):
        yield f"{name} is not a URL: {_shown(row[name])}"


def _is_date(text: str) -> bool:
    try:
        return not text or datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _invalid_date(name: str, row: Row) -> str:
    return f"{name} is not a date: {_shown(row[name])}"


def _invalid(name: str, row: Row) -> str:
    return f"{name} has an unknown value: {_shown(row[name])}"


def _shown(text: str) -> str:
    return f"“{text[:MAX_SHOWN]}”"
