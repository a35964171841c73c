"""Plural forms of time units (CLDR) for languages in which Babel doesn't have them in full."""

from babel import Locale

Forms = dict[str, str]

IRISH: dict[str, Forms] = {
    "year": {"one": "{} bhliain", "two": "{} bhliain", "few": "{} bliana", "many": "{} mbliana", "other": "{} bliain"},
    "month": {"one": "{} mhí", "two": "{} mhí", "few": "{} mhí", "other": "{} mí"},
    "day": {"other": "{} lá"},
    "hour": {"few": "{} huaire", "many": "{} n-uaire", "other": "{} uair"},
    "minute": {"other": "{} nóiméad"},
    "second": {"two": "{} shoicind", "few": "{} shoicind", "other": "{} soicind"},
}
MALTESE: dict[str, Forms] = {
    "year": {"one": "sena", "two": "sentejn", "few": "{} snin", "many": "{}-il sena", "other": "{} sena"},
    "month": {"one": "xahar", "two": "xahrejn", "few": "{} xhur", "many": "{}-il xahar", "other": "{} xahar"},
    "day": {"one": "jum", "two": "jumejn", "few": "{} ijiem", "many": "{}-il jum", "other": "{} jum"},
    "hour": {"one": "siegħa", "two": "sagħtejn", "few": "{} sigħat", "many": "{}-il siegħa", "other": "{} siegħa"},
    "minute": {"two": "{} minuti", "few": "{} minuti", "many": "{}-il minuta", "other": "{} minuta"},
    "second": {"two": "{} sekondi", "few": "{} sekondi", "many": "{}-il sekonda", "other": "{} sekonda"},
}
SLOVENE: dict[str, Forms] = {"year": {"one": "{} leto", "two": "{} leti", "few": "{} leta", "other": "{} let"}}
HEBREW: dict[str, Forms] = {"year": {"one": "שנה", "two": "שנתיים", "other": "{} שנים"}}
UNITS = {"ga": IRISH, "mt": MALTESE, "sl": SLOVENE, "he": HEBREW}


def unit_text(number: int, unit: str, language: str) -> str | None:
    """Return `number` of `unit` (`year` to `second`) in words, or None if Babel's form is better."""
    forms = UNITS.get(language, {}).get(unit)
    if forms is None:
        return None
    return forms.get(Locale.parse(language).plural_form(number), forms["other"]).format(number)
