"""Labels for the fields and values of a GPP string (IAB Tech Lab, Global Privacy Platform)."""

from collections.abc import Iterable
from typing import NamedTuple

from flask_babel import gettext

from consent.core.gpp.codec import GppError, decode
from consent.core.gpp.sections import written_sections
from consent.core.translatable import translatable
from consent.dashboard.frame.locale import Labels, translated, with_label

SENSITIVE_WORDS = Labels(
    {
        "race": "Racial or ethnic origin",
        "religion": "Religious or philosophical beliefs",
        "health": "Health",
        "sex": "Sex life or sexual orientation",
        "citizenship": "Citizenship or immigration status",
        "genetic": "Genetic data",
        "biometric": "Biometric data that identifies",
        "geo": "Precise location",
        "id_number": "Numbers of identity documents",
        "account": "Account access or financial data",
        "union": "Union membership",
        "mail": "Contents of mail and messages",
        "consumer_health": "Consumer health data",
        "crime_victim": "Being the victim of a crime",
        "national_origin": "National origin",
        "transgender": "Being transgender or non-binary",
    }
)
_FIELDS = Labels(
    {
        "Version": "Version of the section",
        "SharingNotice": "Notice that data are shared",
        "ProcessingNotice": "Notice that data are processed",
        "SaleOptOutNotice": "Notice of the right to opt out of sale",
        "SharingOptOutNotice": "Notice of the right to opt out of sharing",
        "TargetedAdvertisingOptOutNotice": "Notice of the right to opt out of targeted advertising",
        "SensitiveDataProcessingOptOutNotice": "Notice of the right to opt out of processing sensitive data",
        "SensitiveDataOptOutNotice": "Notice of the right to opt out of processing sensitive data",
        "SensitiveDataLimitUseNotice": "Notice of the right to limit the use of sensitive data",
        "SaleOptOut": "Sale",
        "SharingOptOut": "Sharing",
        "TargetedAdvertisingOptOut": "Targeted advertising",
        "SensitiveDataProcessing": "Sensitive data",
        "KnownChildSensitiveDataConsents": "Data of a known child",
        "PersonalDataConsents": "Consent to unrelated uses",
        "AdditionalDataProcessingConsent": "Consent to additional processing",
        "MspaCoveredTransaction": "Covered by the Multi-State Privacy Agreement",
        "MspaOptOutOptionMode": "Its opt-out option mode",
        "MspaServiceProviderMode": "Its service provider mode",
    }
)
_NOTICE = (translatable("not applicable"), translatable("given"), translatable("not given"))
_OPT_OUT = (translatable("not applicable"), translatable("opted out"), translatable("did not opt out"))
_CONSENT = (translatable("not applicable"), translatable("no consent"), translatable("consent"))
_YES_NO = (translatable("not applicable"), translatable("yes"), translatable("no"))
_OPT_OUT_OF_SENSITIVE = ("usca", "usut", "usia")
_AGES = Labels({"under13": "under 13", "13_15": "13 to 15", "16_17": "16 and 17"})
_STATES = {
    **{"usca": "California", "usva": "Virginia", "usco": "Colorado", "usut": "Utah", "usct": "Connecticut"},
    **{"usfl": "Florida", "usmt": "Montana", "usor": "Oregon", "ustx": "Texas", "usde": "Delaware", "usia": "Iowa"},
    **{"usne": "Nebraska", "usnh": "New Hampshire", "usnj": "New Jersey", "ustn": "Tennessee", "usmn": "Minnesota"},
    "usnat": translatable("All US states"),
}


class SectionRow(NamedTuple):
    """A section in words: each field's code, name and value."""

    id: int
    prefix: str
    name: str
    fields: list[tuple[str, str, str]]


def gpp_rows(string: str) -> list[SectionRow]:
    """Return a GPP string field by field in words, or nothing if it is invalid."""
    try:
        sections = decode(string)
    except GppError:
        return []
    rows = []
    for one in sections:
        if one.content:
            prefix, values, gpc = one.content
            fields = [(name, _FIELDS[name], _words(prefix, name, value)) for name, value in values.items()]
            signal = (
                []
                if gpc is None
                else [("Gpc", "Global Privacy Control", gettext("seen") if gpc else gettext("not seen"))]
            )
            rows.append(SectionRow(one.id, prefix, translated(_STATES[prefix]), [*fields, *signal]))
    return rows


def _words(prefix: str, name: str, value: int | list[int]) -> str:
    if name == "Version":
        return str(value)
    words = _value_words(prefix, name)
    if isinstance(value, int):
        return _value_label(words, value)
    if not any(value):
        return str(translated(words[0]))
    labels = _place_labels(prefix, name)
    return "; ".join(
        with_label(label, _value_label(words, one)) for label, one in zip(labels, value, strict=True) if one
    )


def _value_label(words: tuple[str, ...], value: int) -> str:
    return (
        str(translated(words[value]))
        if value < len(words)
        else gettext("%(value)s, which has no defined meaning", value=value)
    )


def _joined_with_or(names: Iterable[str]) -> str:
    return f" {gettext('or')} ".join(names)


def _value_words(prefix: str, name: str) -> tuple[str, ...]:
    if name.endswith("Notice"):
        return _NOTICE
    if name.endswith("OptOut") or (name == "SensitiveDataProcessing" and prefix in _OPT_OUT_OF_SENSITIVE):
        return _OPT_OUT
    return _YES_NO if name.startswith("Mspa") else _CONSENT


def _place_labels(prefix: str, name: str) -> list[str]:
    section = written_sections()[prefix]
    if name == "SensitiveDataProcessing":
        return [_joined_with_or(SENSITIVE_WORDS[one] for one in place) for place in section.sensitive]
    return [_joined_with_or(_AGES[band] for band in place) for place in section.children]
