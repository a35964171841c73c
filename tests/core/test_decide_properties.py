"""What must hold of every decision, whatever the site, the place, the day, the signals and the choice."""

import datetime

from hypothesis import assume, given
from hypothesis import strategies as st

from consent.core.choice import Choice
from consent.core.days import day_of
from consent.core.decide import Signals, decide
from consent.core.groups import AGE_BANDS, GROUPS, LETTERS, OPT_IN, OPTIONAL
from consent.core.resolve import resolve
from consent.core.rules import Place
from tests.golden import make_config, shipped_rules

RULES = shipped_rules()
DAY = day_of(datetime.date(2026, 11, 25))
PLACES = [Place(), *(Place(code[:2], code[3:] or None) for code in RULES.codes if code not in ("ZZ", "EU"))]
GRANTS = ("granted", "vendor_granted")

places = st.sampled_from(PLACES)
subdivisions = st.sampled_from([place for place in PLACES if place.subdivision])
paths = st.sampled_from([None, "/", "/health/a", "/checkout"])
all_signals = st.builds(Signals, st.booleans(), st.booleans(), st.sampled_from(["unknown", *AGE_BANDS]))
page_rules = st.fixed_dictionaries(
    {"only": st.sampled_from([[], ["/checkout*"]]), "except": st.sampled_from([[], ["/health*"]])}
)


@st.composite
def configs(draw):
    """Draw a config of up to five tags of all groups."""
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
    }
    return make_config(tags, overrides)


@st.composite
def choices(draw, config, states=(True, False, None)):
    """Draw a choice as a visitor of `config` could have made it anywhere, within the last two years."""
    keys = {g: draw(st.sampled_from([config["purpose_keys"][g][0]["key"][:8], "ffffffff"])) for g in OPTIONAL}
    return Choice(
        DAY - draw(st.integers(0, 730)),
        draw(st.sampled_from(sorted(RULES.under))),
        {group: draw(st.sampled_from(states)) for group in OPTIONAL},
        keys,
        draw(
            st.dictionaries(
                st.sampled_from(["one", "two", "three"]),
                st.sampled_from([s for s in states if s is not None]),
                max_size=2,
            )
        ),
        draw(st.integers(0, 3)),
    )


@st.composite
def visits(draw):
    """Draw a config with a choice or none."""
    config = draw(configs())
    return config, draw(st.none() | choices(config))


def decide_at(config, place, signals, choice, path, day=DAY):
    return decide(resolve(config, RULES, place, day), day, signals, choice, path)


def reasons(decision):
    return {tag["id"]: tag["reason"] for tag in decision.tags}


@given(visits(), places, all_signals, paths)
def test_nothing_runs_in_an_opt_in_place_without_a_grant_that_covers_it(visit, place, signals, path):
    config, choice = visit
    resolved = resolve(config, RULES, place, DAY)
    decision = decide(resolved, DAY, signals, choice, path)
    for tag, answer in zip(resolved["tags"], decision.tags, strict=True):
        if answer["mode"] != "full" or tag["group"] == "essential" or tag["level"] != 4:
            continue
        assert answer["reason"] in GRANTS
        assert choice is not None
        by_vendor = choice.vendors.get(tag["vendor"])
        assert by_vendor or (choice.groups[tag["group"]] and choice.keys[tag["group"]] in tag["covered"])


@given(visits(), places, all_signals, paths)
def test_a_signal_never_widens(visit, place, signals, path):
    config, choice = visit
    quiet = decide_at(config, place, Signals(False, False, signals.age_band), choice, path)
    loud = decide_at(config, place, signals, choice, path)
    assert set(loud.allowed_tags) <= set(quiet.allowed_tags)


@given(visits(), places, all_signals, paths, st.sampled_from(OPTIONAL))
def test_a_refusal_never_widens(visit, place, signals, path, group):
    config, choice = visit
    before = decide_at(config, place, signals, choice, path)
    blank = Choice(DAY, "fallback", dict.fromkeys(OPTIONAL), dict.fromkeys(OPTIONAL, "00000000"))
    had = choice or blank
    refused = Choice(had.day, had.regime, had.groups | {group: False}, had.keys, had.vendors, had.told, had.letters)
    assert set(decide_at(config, place, signals, refused, path).allowed_tags) <= set(before.allowed_tags)


@given(visits(), places, all_signals, paths, st.integers(0, 5000))
def test_time_never_turns_a_refusal_into_a_grant(visit, place, signals, path, days):
    config, choice = visit
    assume(choice is not None)
    now, later = (reasons(decide_at(config, place, signals, choice, path, DAY + ahead)) for ahead in (0, days))
    for tag_id, reason in now.items():
        if reason in ("refused", "vendor_refused"):
            assert later[tag_id] not in GRANTS
            assert not later[tag_id].endswith("_default")


@given(
    configs().flatmap(lambda c: st.tuples(st.just(c), choices(c, (True, None)))),
    places,
    places,
    all_signals,
    paths,
)
def test_a_grant_never_reaches_a_stricter_place(visit, here, there, signals, path):
    config, choice = visit
    given_here = resolve(config, RULES, here, DAY)
    asked_there = resolve(config, RULES, there, DAY)
    made = Choice(
        choice.day,
        given_here["regime"],
        choice.groups,
        choice.keys,
        choice.vendors,
        choice.told,
        given_here["letters"],
    )
    decision = decide(asked_there, DAY, signals, made, path)
    by_opt_in = {group for letter, group in LETTERS.items() if letter in given_here["letters"]}
    for before, after, answer in zip(given_here["tags"], asked_there["tags"], decision.tags, strict=True):
        # A group that stood under opt_in as a whole was granted by opt-in, for those of its tags too that asked for less.
        stood_under = OPT_IN if before["group"] in by_opt_in else before["level"]
        if after["level"] > stood_under:
            assert answer["reason"] not in GRANTS


@given(configs(), places, all_signals, paths)
def test_an_unknown_place_is_never_laxer_than_any_place(config, place, signals, path):
    unknown = decide_at(config, Place(), signals, None, path)
    known = decide_at(config, place, signals, None, path)
    assert set(unknown.allowed_tags) <= set(known.allowed_tags)
    for group in OPTIONAL:
        assert known.groups[group]["granted"] or not unknown.groups[group]["granted"]


@given(visits(), places, all_signals, paths)
def test_essential_is_always_allowed_but_for_the_sites_own_will(visit, place, signals, path):
    config, choice = visit
    decision = decide_at(config, place, signals, choice, path)
    assert decision.groups["essential"] == {"granted": True, "reason": "essential"}
    for tag in decision.tags:
        if tag["group"] == "essential":
            assert tag["reason"] in ("essential", "out_of_page")


@given(visits(), subdivisions, all_signals, paths)
def test_a_country_without_subdivision_is_never_laxer_than_its_subdivisions(visit, place, signals, path):
    config, _ = visit
    whole = decide_at(config, Place(place.country), signals, None, path)
    assert set(whole.allowed_tags) <= set(decide_at(config, place, signals, None, path).allowed_tags)


@given(visits(), places, all_signals, paths)
def test_who_has_chosen_everything_today_is_not_asked(visit, place, signals, path):
    config, _ = visit
    resolved = resolve(config, RULES, place, DAY)
    keys = {group: resolved["groups"][group]["keys"][0] for group in OPTIONAL}
    for state in (True, False):
        # A level that only this page or age asks for is remembered by its letter, as the script writes it.
        made = Choice(DAY, resolved["regime"], dict.fromkeys(OPTIONAL, state), keys, {}, 3, "fad")
        shown = decide(resolved, DAY, signals, made, path).show
        exempt = any(tag["relaxed"] or tag["exempt"] for tag in resolved["tags"])
        assert shown == "none" or (state and exempt)


@given(visits(), places, all_signals)
def test_on_a_payment_page_runs_what_is_essential_or_was_let_there(visit, place, signals):
    config, choice = visit
    notes = {tag["id"]: tag["payment_note"] for tag in config["tags"]}
    for tag in decide_at(config, place, signals, choice, "/checkout").tags:
        assert tag["mode"] == "held" or tag["group"] == "essential" or notes[tag["id"]]
