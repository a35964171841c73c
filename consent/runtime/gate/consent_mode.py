"""Read Google's consent parameters `gcs` and `gcd`, and compare them with what the visitor chose."""

import re
from collections.abc import Mapping
from typing import NamedTuple

_GCS = re.compile(r"G1([01-])([01-])")
"""`ad_storage`, then `analytics_storage`: 1 granted, 0 denied, - not set."""
_GCD = re.compile(r"1\d([a-z])\d([a-z])\d([a-z])\d([a-z])\d[a-z0-9]*")
"""`ad_storage`, `analytics_storage`, `ad_user_data`, `ad_personalization`: a letter each; digits are undocumented."""
GRANTED = frozenset("trnv")
DENIED = frozenset("pqmu")


class Claims(NamedTuple):
    """What a hit claims for each purpose: True granted, False denied, None unstated, which Google takes as granted."""

    analytics: bool | None
    advertising: bool | None


def read_consent_mode(query: Mapping[str, str]) -> Claims:
    """Return what a hit's query claims; if `gcs` and `gcd` contradict each other, the one that claims more counts."""
    short, long = _GCS.fullmatch(query.get("gcs", "")), _GCD.fullmatch(query.get("gcd", ""))
    by_sign = {"1": True, "0": False, "-": None}
    signs = [by_sign[sign] for sign in short.groups()] if short else [None, None]
    letters = [_parse_letter(letter) for letter in long.groups()] if long else []
    if not letters:
        return Claims(signs[1], signs[0])
    if not short:
        return Claims(letters[1], _three_valued_or(letters[0], letters[2], letters[3]))
    advertising = _three_valued_or(signs[0], letters[0], letters[2], letters[3])
    return Claims(_three_valued_or(signs[1], letters[1]), advertising)


def disagreement(claims: Claims, *, analytics: bool, advertising: bool) -> str:
    """Return why a hit's claims exceed what is granted, or ""; claiming less is no reason to stop it."""
    pairs = ((claims.analytics, analytics), (claims.advertising, advertising))
    if any(claimed and not granted for claimed, granted in pairs):
        return "claims_more"
    if any(claimed is None and not granted for claimed, granted in pairs):
        return "no_consent_parameters"
    return ""


def claims_less(claims: Claims, *, analytics: bool, advertising: bool) -> bool:
    """Return whether a hit denies what was granted, for example because the page doesn't pass the choice to the tag."""
    return (claims.analytics is False and analytics) or (claims.advertising is False and advertising)


def _parse_letter(letter: str) -> bool | None:
    return True if letter in GRANTED else False if letter in DENIED else None


def _three_valued_or(*claims: bool | None) -> bool | None:
    return True if True in claims else None if None in claims else False
