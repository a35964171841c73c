"""How long an answer holds by the law of a place, for an audit that comes back later."""

import datetime
from collections.abc import Iterable

from consent.core.days import add_months, day_of
from consent.core.groups import OPT_IN
from consent.core.rules import Place, Rules
from consent.scan.job import Term

MOST_MONTHS = 13
"""No grant of this service lives longer, whatever the law (CNIL 2020, 38)."""
OPT_IN_PLACE, OPT_OUT_PLACE = Place("DE"), Place("US", "CA")
"""What a site is held against that cannot be asked as from anywhere."""


def terms_of(rules: Rules, regions: Iterable[str], today: datetime.date, opt_in: bool) -> dict[str, Term]:
    """Return the terms by region; under the empty name those of a site that is not asked as from a region."""
    places = {
        region: Place(country, part or None) for region in regions for country, _, part in [region.partition("-")]
    }
    places[""] = OPT_IN_PLACE if opt_in else OPT_OUT_PLACE
    return {name: _term(rules, place, today) for name, place in places.items()}


def _term(rules: Rules, place: Place, today: datetime.date) -> Term:
    rule = rules.at(place, today)
    is_opt_in = rule.levels[-1] == OPT_IN
    months = min(rule.consent_months or MOST_MONTHS, MOST_MONTHS) if is_opt_in else None
    life = _days(today, months) if months else None
    return Term(life, _days(today, rule.cooldown_months or 6), is_opt_in)


def _days(today: datetime.date, months: int) -> int:
    start = day_of(today)
    return add_months(start, months) - start
