"""Layouts of the final US sections of a GPP string, as data: the single source for Python and the script in pages.

Facts from IAB Tech Lab, Global-Privacy-Platform at b27beb4 of 2025-12-17 (CC BY 3.0), compared with its library
@iabgpp/cmpapi 3.2.0 (Apache-2.0). Sections 24 to 27 (MD, IN, KY, RI) are drafts: neither written nor read.
"""

from dataclasses import dataclass
from functools import cache

from consent.core.groups import AGE_BANDS

_FIELDS = {
    "V": "Version",
    "ShN": "SharingNotice",
    "PrN": "ProcessingNotice",
    "SaN": "SaleOptOutNotice",
    "SoN": "SharingOptOutNotice",
    "TaN": "TargetedAdvertisingOptOutNotice",
    "SpN": "SensitiveDataProcessingOptOutNotice",
    "SdN": "SensitiveDataOptOutNotice",
    "SlN": "SensitiveDataLimitUseNotice",
    "Sa": "SaleOptOut",
    "So": "SharingOptOut",
    "Ta": "TargetedAdvertisingOptOut",
    "Sd": "SensitiveDataProcessing",
    "Kc": "KnownChildSensitiveDataConsents",
    "Pd": "PersonalDataConsents",
    "Ad": "AdditionalDataProcessingConsent",
    "Mc": "MspaCoveredTransaction",
    "Mo": "MspaOptOutOptionMode",
    "Ms": "MspaServiceProviderMode",
}
_SECTIONS = """
 7 usnat 2 gpc V ShN SaN SoN TaN SpN SlN Sa So Ta Sd*16 Kc*3 Pd Mc Mo Ms
 8 usca  1 gpc V SaN SoN SlN Sa So Sd*9 Kc*2 Pd Mc Mo Ms
 9 usva  1 -   V ShN SaN TaN Sa Ta Sd*8 Kc Mc Mo Ms
10 usco  1 gpc V ShN SaN TaN Sa Ta Sd*7 Kc Mc Mo Ms
11 usut  1 -   V ShN SaN TaN SpN Sa Ta Sd*8 Kc Mc Mo Ms
12 usct  1 gpc V ShN SaN TaN Sa Ta Sd*8 Kc*3 Mc Mo Ms
13 usfl  1 -   V PrN SaN TaN Sa Ta Sd*8 Kc*3 Ad Mc Mo Ms
14 usmt  1 gpc V ShN SaN TaN Sa Ta Sd*8 Kc*3 Ad Mc Mo Ms
15 usor  1 gpc V PrN SaN TaN Sa Ta Sd*11 Kc*3 Ad Mc Mo Ms
16 ustx  1 gpc V PrN SaN TaN Sa Ta Sd*8 Kc Ad Mc Mo Ms
17 usde  1 gpc V PrN SaN TaN Sa Ta Sd*9 Kc*5 Ad Mc Mo Ms
18 usia  1 gpc V PrN SaN TaN SdN Sa Ta Sd*8 Kc Mc Mo Ms
19 usne  1 gpc V PrN SaN TaN Sa Ta Sd*8 Kc Ad Mc Mo Ms
20 usnh  1 gpc V PrN SaN TaN Sa Ta Sd*8 Kc*3 Ad Mc Mo Ms
21 usnj  1 gpc V PrN SaN TaN Sa Ta Sd*10 Kc*5 Ad Mc Mo Ms
22 ustn  1 gpc V PrN SaN TaN Sa Ta Sd*8 Kc Ad Mc Mo Ms
23 usmn  1 gpc V PrN SaN TaN Sa Ta Sd*8 Kc Ad Mc Mo Ms
"""
_EARLIER = " 7 usnat 1 gpc V ShN SaN SoN TaN SpN SlN Sa So Ta Sd*12 Kc*2 Pd Mc Mo Ms"
"""The layout of strings from before October 2024: read, never written."""

_USUAL = "race religion health+consumer_health sex citizenship genetic biometric geo"
_SENSITIVE = {
    "usnat": "race religion health sex citizenship genetic biometric geo id_number account union mail consumer_health "
    "crime_victim national_origin transgender",
    "usca": "id_number account geo race+religion+union mail genetic biometric health+consumer_health sex",
    "usco": _USUAL.removesuffix(" geo"),
    "usut": "race religion sex citizenship health+consumer_health genetic biometric geo",
    "usor": "race religion health+consumer_health sex transgender citizenship national_origin crime_victim genetic "
    "biometric geo",
    "usde": f"{_USUAL} transgender",
    "usnj": f"{_USUAL} transgender account",
}
"""The categories at each position of `SensitiveDataProcessing`, if not in the usual order."""
_CHILD, _EARLY_TEEN, _LATE_TEEN, _ = AGE_BANDS
_CHILDREN = {
    "usnat": f"{_EARLY_TEEN} {_CHILD} {_LATE_TEEN}",
    "usca": f"{_CHILD}+{_EARLY_TEEN} {_CHILD}+{_EARLY_TEEN}",
    "usfl": f"{_CHILD} {_EARLY_TEEN} {_LATE_TEEN}",
    **dict.fromkeys(("usde", "usnj"), f"{_CHILD} {_EARLY_TEEN} {_EARLY_TEEN} {_LATE_TEEN} {_LATE_TEEN}"),
    **dict.fromkeys(("usct", "usmt", "usor", "usnh"), f"{_CHILD} {_EARLY_TEEN} {_EARLY_TEEN}"),
}
"""The age bands at each position of `KnownChildSensitiveDataConsents`; elsewhere its one position is for a child."""
SENSITIVE = tuple(_SENSITIVE["usnat"].split())
"""The categories of sensitive data that a site may name."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of `bits` bits, or a list of `count` such values if `count` isn't 1."""

    name: str
    bits: int
    count: int = 1


@dataclass(frozen=True, slots=True)
class Section:
    """The layout of one section in one version.

    `sensitive` lists the categories at each position of `SensitiveDataProcessing`, `children` the age bands at each
    position of `KnownChildSensitiveDataConsents`.
    """

    id: int
    prefix: str
    version: int
    has_gpc: bool
    fields: tuple[Field, ...]
    sensitive: tuple[tuple[str, ...], ...]
    children: tuple[tuple[str, ...], ...]


def _section(line: str) -> Section:
    number, prefix, version, gpc, *fields = line.split()
    return Section(
        int(number),
        prefix,
        int(version),
        gpc == "gpc",
        tuple(map(_field, fields)),
        _places(_SENSITIVE.get(prefix, _USUAL)),
        _places(_CHILDREN.get(prefix, _CHILD)),
    )


def _field(text: str) -> Field:
    short, _, count = text.partition("*")
    return Field(_FIELDS[short], 6 if short == "V" else 2, int(count or 1))


def _places(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(place.split("+")) for place in text.split())


@cache
def written_sections() -> dict[str, Section]:
    """Return the sections that are written, by prefix, in the order of their ids."""
    sections = map(_section, _SECTIONS.strip().splitlines())
    return {section.prefix: section for section in sections}


@cache
def known_layouts() -> dict[tuple[int, int], Section]:
    """Return the sections that can be read, by id and version."""
    return {(one.id, one.version): one for one in (*written_sections().values(), _section(_EARLIER))}
