"""Rules by age: what a law requires for minors, and the age band that applies to a choice."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from consent.core.documents.resolved import Resolved, ResolvedTag
from consent.core.groups import AGE_BANDS, EFFECTS, OPTIONAL

TOKENS = (*OPTIONAL, "sale_or_share")

OWN_OPT_IN = EFFECTS["own_opt_in"]
"""The rank of `own_opt_in` among the effects of a rule for minors."""
ADULT = AGE_BANDS["adult"]
"""The age in years from which rules for minors no longer apply."""
AGE = "[0-9]{1,2}"
"""Pattern of an age in whole years."""


def band_of(resolved: Resolved, age_band: str) -> str:
    """Return the age band that applies; if none was stated, a child's on sites that address children."""
    return "under13" if age_band == "unknown" and resolved["child"] else age_band


def age_key(resolved: Resolved, age_band: str, age: int | None = None) -> str:
    """Return the key of a visitor's rules in `resolved`: the age if it differs from its band, else the band."""
    return str(age) if str(age) in resolved["minors"] else band_of(resolved, age_band)


def letters_of(resolved: Resolved, age_band: str, age: int | None = None) -> str:
    """Return the letters of a choice that a visitor of this age makes under `resolved` (see `consent.core.choice`)."""
    letters: str = resolved["letters_by_age"].get(age_key(resolved, age_band, age), resolved["letters"])
    return letters


def band_of_age(age: int) -> str:
    """Return the age band of an age in whole years."""
    return [band for band, lowest in AGE_BANDS.items() if lowest <= age][-1]


def without_locked_grants(
    resolved: Resolved, key: str, groups: Mapping[str, bool | None], vendors: Mapping[str, bool]
) -> tuple[dict[str, bool | None], dict[str, bool]]:
    """Return the answers for `groups` and `vendors` without grants that the age forbids, which must not be stored.

    `key` is the visitor's `age_key`. A page that doesn't know the age would honor such grants.
    """
    ranks = resolved["minors"].get(key)
    if not ranks:
        return dict(groups), dict(vendors)

    def is_locked(tag: ResolvedTag) -> bool:
        return tag["group"] in OPTIONAL and _rank(ranks, tag["group"], is_flagged=tag["flagged"]) > OWN_OPT_IN

    def is_vendor_locked(vendor: str) -> bool:
        tags = [tag for tag in resolved["tags"] if tag["vendor"] == vendor]
        return bool(tags) and all(map(is_locked, tags))

    locked = {group for group in OPTIONAL if _rank(ranks, group, is_flagged=group == "advertising") > OWN_OPT_IN}
    kept_groups = {group: None if answer and group in locked else answer for group, answer in groups.items()}
    return kept_groups, {name: answer for name, answer in vendors.items() if not (answer and is_vendor_locked(name))}


def _rank(ranks: Sequence[int], group: str, *, is_flagged: bool) -> int:
    return max(ranks[OPTIONAL.index(group)], ranks[3] if is_flagged else 0)


@dataclass(frozen=True, slots=True)
class Band:
    """The effect of a rule on minors aged `first` to `last`, inclusive, for the given `TOKENS`."""

    first: int
    last: int
    effect: str
    tokens: tuple[str, ...]
    since: str = ""


def parse_bands(text: str) -> list[Band]:
    """Return the bands in a row of `regions.csv`: `first-last:effect:tokens:since`, separated by `;`."""
    bands = []
    for part in filter(None, text.split(";")):
        ages, effect, tokens, since = part.split(":")
        first, last = ages.split("-")
        bands.append(Band(int(first), int(last), effect, tuple(tokens.split("+")), since))
    return bands


def begun_bands(text: str, date: datetime.date) -> tuple[Band, ...]:
    """Return a row's bands whose own start date is no later than `date`, whether or not the row itself is in force."""
    return tuple(band for band in parse_bands(text) if band.since and band.since <= date.isoformat())


def strongest_bands(minors: Iterable[Band]) -> list[Band]:
    """Return bands equivalent to `minors`, one per run of ages with the same strongest effect on the same tokens.

    The bands of several rows combined repeat each other dozens of times.
    """
    bands = list(minors)
    runs: dict[tuple[int, int, str], list[str]] = {}
    for token in TOKENS:
        effects = [_strongest(bands, token, age) for age in range(ADULT)]
        for effect, run in groupby(range(ADULT), effects.__getitem__):
            ages = list(run)
            if effect:
                runs.setdefault((ages[0], ages[-1], effect), []).append(token)
    return [Band(first, last, effect, tuple(tokens)) for (first, last, effect), tokens in sorted(runs.items())]


def _strongest(bands: Iterable[Band], token: str, age: int) -> str:
    fitting = (band.effect for band in bands if band.first <= age <= band.last and token in band.tokens)
    return max(fitting, key=EFFECTS.__getitem__, default="")


def effects_by_age(minors: Iterable[Band]) -> dict[str, list[int]]:
    """Return `minor_effects` by age band, where there are any, and by single age where they differ from its band's."""
    bands = list(minors)
    found = {band: ranks for band, age in AGE_BANDS.items() if any(ranks := minor_effects(bands, age))}
    ages = {age: minor_effects(bands, age) for age in range(ADULT)}
    return found | {str(age): ranks for age, ranks in ages.items() if ranks != found.get(band_of_age(age), [0] * 4)}


def minor_effects(minors: Iterable[Band], age: int) -> list[int]:
    """Return for each of `TOKENS` the rank of the strongest effect on a visitor aged `age` years, 0 for none."""
    ranks = dict.fromkeys(TOKENS, 0)
    for band in minors:
        if band.first <= age <= band.last:
            for token in band.tokens:
                ranks[token] = max(ranks[token], EFFECTS[band.effect])
    return list(ranks.values())
