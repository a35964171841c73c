"""Hypothesis strategies for configs, places and signals."""

import datetime

from hypothesis import strategies as st

from consent.core.age_rules import band_of_age
from consent.core.days import day_of
from consent.core.decide import Signals
from consent.core.groups import AGE_BANDS, GROUPS
from consent.core.rules import Place
from tests.golden import make_config, shipped_rules

RULES = shipped_rules()


DAY = day_of(datetime.date(2026, 11, 25))


PLACES = [Place(), *(Place(code[:2], code[3:] or None) for code in RULES.codes if code not in ("ZZ", "EU"))]


places = st.sampled_from(PLACES)


ages = st.sampled_from(["unknown", *AGE_BANDS]).map(lambda band: (band, None)) | st.integers(0, 20).map(
    lambda age: (band_of_age(age), age)
)


all_signals = st.builds(lambda gpc, dnt, age: Signals(gpc, dnt, *age), st.booleans(), st.booleans(), ages)


days = st.dates(datetime.date(2024, 1, 1), datetime.date(2030, 12, 31)).map(day_of)


page_rules = st.fixed_dictionaries(
    {"only": st.sampled_from([[], ["/checkout*"]]), "except": st.sampled_from([[], ["/health*"]])}
)


@st.composite
def configs(draw):
    """Draw a config with up to five tags in any group."""
    tags = []
    for number in range(draw(st.integers(1, 5))):
        group = draw(st.sampled_from(GROUPS))
        facts = {
            "id": f"t{number}",
            "group": group,
            "vendor": draw(st.sampled_from(["one", "two", "three"])),
            "exemptions": draw(
                st.lists(
                    st.sampled_from(["audience:FR", "statistics:GB", "interest:CH", "appearance:GB"]),
                    unique=True,
                )
            ),
            "third_party": draw(st.booleans()),
            "pages": draw(page_rules),
            "precise_location": draw(st.booleans()),
            "payment_note": draw(st.sampled_from(["", "Our bank asks for it"])),
        }
        if group != "advertising":
            facts["sale_or_share"] = draw(st.booleans())
        tags.append(facts)
    overrides = {
        "honour_dnt": draw(st.booleans()),
        "ignore_gpc_where_silent": draw(st.booleans()),
        "sensitive_paths": draw(st.sampled_from([[], ["/health*"]])),
        "addresses_children": draw(st.booleans()),
        "asked_groups": draw(st.sampled_from([[], ["advertising"], ["functional", "analytics"]])),
    }
    return make_config(tags, overrides)
