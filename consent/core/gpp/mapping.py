"""Map a decision to the fields of a GPP string.

The sections of a place hold what the settings and the place determine; pages receive them as data. What the visitor
determines is filled in by banner/vendors/gpp_sections.js, the twin of `answer_of`. Sale, sharing and targeted
advertising have a single control, so their opt-outs are equal. They follow the decision whatever its reason, because
readers act on these fields alone, not on the segment for the signal.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from consent.core.documents.config import SiteFacts
from consent.core.documents.decision import GroupAnswer
from consent.core.documents.gpp import GppAnswer, GppField, GppSection, GppSettings, GppValue
from consent.core.gpp.codec import SectionValues, Values, encode
from consent.core.gpp.sections import Field, Section, written_sections

SWITCH = "gpp"
"""The name in `overrides.sends`."""
NATIONAL = "usnat"
DEFAULTS: GppSettings = {"approach": "national", "mspa": "none", "sensitive": []}
NOT_APPLICABLE = -1
"""The section id sent if no section applies (CMP API 1.1)."""
_GIVEN, _NOT_GIVEN = 1, 2
_YES, _NO = 1, 2
OPT_OUT, OPT_OUT_WITHOUT_NOTICE, CONSENT = "opt_out", "silent_opt_out", "consent"
"""Values that the decision fills in; fields about children have age bands instead."""
_OPT_OUT_NOTICES = ("SaleOptOutNotice", "SharingOptOutNotice", "TargetedAdvertisingOptOutNotice")
_SENSITIVE_NOTICES = (
    *("SensitiveDataProcessingOptOutNotice", "SensitiveDataOptOutNotice", "SensitiveDataLimitUseNotice"),
)
_OPT_OUTS = ("SaleOptOut", "SharingOptOut", "TargetedAdvertisingOptOut")
_OPT_OUT_OF_SENSITIVE = ("usca", "usut", "usia")
"""Sections of states where visitors opt out of sensitive data processing; elsewhere it needs consent."""


class VisitorFacts(NamedTuple):
    """The facts known about a visitor: whether advertising is granted, by the visitor's own act, signal, age band."""

    granted: bool
    by_own_act: bool
    gpc: bool
    age_band: str


class GppSite(NamedTuple):
    """A site's facts for its strings: settings, whether it has a privacy policy, whether it is made for children."""

    settings: GppSettings
    has_policy: bool = True
    addresses_children: bool = False


def gpp_site(document: SiteFacts) -> GppSite | None:
    """Return a draft or config's facts for its GPP strings, None if it sends none."""
    overrides = document["overrides"]
    if SWITCH not in overrides.get("sends", []):
        return None
    settings: GppSettings = {**DEFAULTS, **overrides.get("gpp", {})}
    return GppSite(settings, bool(document["controller"]["policy_url"].strip()), overrides["addresses_children"])


def gpp_sections(site: GppSite, country: str | None, subdivision: str | None) -> list[GppSection]:
    """Return the sections for a place (ISO 3166 codes), by ascending id; none outside the US.

    An unknown country may be the US.
    """
    if country not in ("US", None):
        return []
    own = f"us{(subdivision or '').lower()}"
    wanted = {"national": [NATIONAL], "state": [own], "both": [NATIONAL, own]}[site.settings["approach"]]
    layouts = written_sections()
    # A state without a section of its own uses the national one.
    found = dict.fromkeys(prefix for prefix in wanted if prefix in layouts) or [NATIONAL]
    return [_section(layouts[prefix], site) for prefix in found]


def _section(section: Section, site: GppSite) -> GppSection:
    settings = site.settings
    values: dict[str, GppValue] = {
        **_notices(site),
        **_opt_outs(section, settings),
        **_mspa(settings["mspa"]),
        "Version": section.version,
        "SensitiveDataProcessing": _sensitive(section, settings),
        "KnownChildSensitiveDataConsents": [_bands(place, site) for place in section.children],
    }
    fields = [_field(field, values.get(field.name, 0)) for field in section.fields]
    return {"id": section.id, "prefix": section.prefix, "gpc": section.has_gpc, "fields": fields}


def _bands(bands: tuple[str, ...], site: GppSite) -> str:
    """Return the age bands of a position; on a site for children, visitors without a stated age count as children."""
    return " ".join([*bands, *(["unknown"] if site.addresses_children and "under13" in bands else [])])


def _field(field: Field, value: GppValue) -> GppField:
    single = value[0] if isinstance(value, list) and field.count == 1 else value
    return field.name, field.bits, field.count, single


def _notices(site: GppSite) -> dict[str, GppValue]:
    settings = site.settings
    of_processing = _GIVEN if site.has_policy else _NOT_GIVEN
    # A service provider neither sells nor shares, so there is nothing to opt out of.
    of_opt_out = 0 if _is_service_provider(settings) else _GIVEN if _is_notice_given(settings) else _NOT_GIVEN
    return {
        "SharingNotice": of_processing,
        "ProcessingNotice": of_processing,
        **dict.fromkeys(_OPT_OUT_NOTICES, of_opt_out),
        **dict.fromkeys(_SENSITIVE_NOTICES, of_opt_out if settings["sensitive"] else 0),
    }


def _opt_outs(section: Section, settings: GppSettings) -> dict[str, GppValue]:
    value = 0 if _is_service_provider(settings) else _opt_out(settings)
    return dict.fromkeys((field.name for field in section.fields if field.name in _OPT_OUTS), value)


def _opt_out(settings: GppSettings) -> str:
    return OPT_OUT if _is_notice_given(settings) else OPT_OUT_WITHOUT_NOTICE


def _sensitive(section: Section, settings: GppSettings) -> list[int | str]:
    value = _opt_out(settings) if section.prefix in _OPT_OUT_OF_SENSITIVE else CONSENT
    return [value if set(place) & set(settings["sensitive"]) else 0 for place in section.sensitive]


def _mspa(mode: str) -> dict[str, GppValue]:
    """Return the fields of the Multi-State Privacy Agreement for `mode`, `none` if the owner hasn't signed it."""
    options, provider = {"none": (0, 0), "opt_out_option": (_YES, _NO), "service_provider": (_NO, _YES)}[mode]
    return {
        "MspaCoveredTransaction": _NO if mode == "none" else _YES,
        "MspaOptOutOptionMode": options,
        "MspaServiceProviderMode": provider,
    }


def _is_service_provider(settings: GppSettings) -> bool:
    return settings["mspa"] == "service_provider"


def _is_notice_given(settings: GppSettings) -> bool:
    return settings.get("opt_out_notice", False)


def visitor_facts(groups: Mapping[str, GroupAnswer], *, gpc: bool, age_band: str) -> VisitorFacts:
    """Return the facts that the string takes from a decision's group answers; `age_band` is the one that applies."""
    advertising = groups["advertising"]
    by_own_act = advertising["reason"] in ("granted", "vendor_granted")
    return VisitorFacts(advertising["granted"], by_own_act, gpc, age_band)


def answer_of(sections: Sequence[GppSection], facts: VisitorFacts) -> GppAnswer:
    """Return a visitor's GPP string from `sections`, and the ids that apply: all of them, or -1 if there are none."""
    contents = [SectionValues(one["prefix"], _filled(one, facts), facts.gpc) for one in sections]
    return {"string": encode(contents), "applicable_sections": [one["id"] for one in sections] or [NOT_APPLICABLE]}


def _filled(section: GppSection, facts: VisitorFacts) -> Values:
    values: Values = {}
    for name, _, _, value in section["fields"]:
        values[name] = [_number(one, facts) for one in value] if isinstance(value, list) else _number(value, facts)
    return values


def _number(value: int | str, facts: VisitorFacts) -> int:
    if isinstance(value, int):
        return value
    if value in (OPT_OUT, OPT_OUT_WITHOUT_NOTICE):
        return 1 if not facts.granted else 2 if value == OPT_OUT else 0
    if value == CONSENT or facts.age_band in value.split():
        return 2 if facts.by_own_act else 1
    return 0
