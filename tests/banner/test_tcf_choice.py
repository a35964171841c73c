"""A TCF choice in the script: its sets, cookie and strings are the same as the service's."""

import copy
from dataclasses import asdict
from random import Random
from typing import Any

from consent.core.choice import parse_choice
from consent.core.decide import Signals, decide
from consent.core.groups import OPT_IN
from consent.core.tcf.choice import SETS, derived, format_tcf, granted_of, masked, parse_tcf
from consent.core.tcf.choice_strings import additional_consent
from consent.core.tcf.cut import cut_of, offer_of
from consent.core.tcf.id_sets import IdSetError, format_ids, read_ids
from tests.banner.node import in_javascript
from tests.banner.tcf_payload import SITE, SMALL
from tests.golden import TCF_FILE, golden_cases
from tests.golden.random_visits import some_config, some_visit

GROUPS = ("functional", "analytics", "advertising")
CUT = cut_of(SMALL, SITE["vendors"], {})
OFFER: Any = offer_of(CUT, frozenset({70, 89, 108}), None)
FAULTY = [
    *("~", "**", "0", "01", "3_3", "5-4", "7_3", "3-", "_3", "3_", "16384", "1-99999", "1,2", "a", "-", " 1"),
    *("~=", "1" * 2800, "\u0661"),
]
COOKIES = [
    "t1.20782.1f2e3d4c.2.de.1_3-4.2_7.1.*.~gA.89",
    "t1.20782.1f2e3d4c.0.en......",
    *("t1.20782.1f2e3d4c.3.en......", "t2.20782.1f2e3d4c.0.en......", "t1.20782.1F2E3D4C.0.en......"),
    *("t1.20782.1f2e3d4c.0.en.....", "t1.20782.1f2e3d4c.0.en.......", "t1.20782.1f2e3d4c.0.eng......"),
    *(
        "t1.20782.1f2e3d4c.0.en.3_1.....",
        "t1.20782.1f2e3d4c.0.en.1.....\n",
        "",
        "t1.20782.1f2e3d4c.0.en.<.....",
        "x" * 4000,
    ),
]


def test_encodes_and_decodes_sets_like_the_service() -> None:
    random = Random(30)
    written: list[tuple[list[int], list[int]]] = [([], []), ([], [1]), ([1], [1]), ([16_383], [1, 16_383])]
    for _ in range(150):
        offered = random.sample(range(1, random.choice([12, 60, 1500])), random.randint(1, 11))
        written.append((random.sample(offered, random.randint(0, len(offered))), sorted(offered)))
    written += [(sorted(random.sample(range(1, 1500), count)), list(range(1, 1500))) for count in (5, 400, 1300)]
    texts = [format_ids(frozenset(ids), frozenset(offered)) for ids, offered in written]
    answer = in_javascript(
        "tcf_choices.mjs", {"written": written, "read": [*filter(lambda t: t != "*", texts), *FAULTY]}
    )
    assert answer["written"] == texts
    expected = [sorted(read_ids(text)) for text in texts if text != "*"]
    assert answer["read"] == expected + ["RangeError"] * len(FAULTY)
    for text in FAULTY:
        try:
            read_ids(text)
        except IdSetError:
            continue
        raise AssertionError(text)


def test_parses_the_second_cookie_like_the_service() -> None:
    found = in_javascript("tcf_choices.mjs", {"parsed": COOKIES})["parsed"]
    expected = [(choice := parse_tcf(text)) and format_tcf(choice) for text in COOKIES]
    assert found == expected
    assert found[:2] == COOKIES[:2]
    assert not any(found[2:])


def groups(text: str) -> dict[str, Any]:
    """Return a choice of groups given as marks such as `10-`, in the script's form."""
    marks: dict[str, bool | None] = {"1": True, "0": False, "-": None}
    return {"groups": {group: marks[mark] for group, mark in zip(GROUPS, text, strict=True)}, "vendors": {}}


def test_an_answer_by_groups_stands_for_what_the_service_takes_it_for() -> None:
    cases = [(action, text) for action in ("save", "opt_in") for text in ("111", "001", "010", "110", "100")]
    cases += [("accept_all", "111"), ("reject_all", "000"), ("withdraw", "000"), ("opt_out", "000")]
    asked = [[OFFER, action, None, groups(text), ""] for action, text in cases]
    found = in_javascript("tcf_choices.mjs", {"derived": asked})["derived"]
    for (action, text), sets in zip(cases, found, strict=True):
        made = derived(OFFER, action, groups(text)["groups"], day=1, screen=1, language="en")
        assert sets == [getattr(made, name) for name in SETS], (action, text)


def test_a_later_answer_by_groups_changes_those_alone() -> None:
    key = OFFER["key"]
    standing = f"t1.20782.{key}.2.en.1_3_8.2_7.1.2_20..89"
    asked = [
        [OFFER, "save", groups("000"), groups("100"), standing],
        [OFFER, "withdraw", groups("010"), groups("000"), standing],
        [OFFER, "save", groups("000"), groups("000"), standing],
        [OFFER, "save", groups("000"), groups("000") | {"vendors": {"chat": True}}, standing],
        [OFFER, "reject_all", groups("000"), groups("000"), standing],
    ]
    found = in_javascript("tcf_choices.mjs", {"derived": asked})["derived"]
    functional = [one for one in sorted(read_ids(OFFER["purposes"])) if one in (5, 6, 10, 11)]
    granted = format_ids(frozenset([1, 3, 8, *functional]), read_ids(OFFER["purposes"]))
    assert found[0][0] == granted
    assert found[0][3:] == ["2_20", "*", "89"]
    assert found[1] == [""] * 6
    assert found[2][:2] == ["", ""], "what was chosen in part is refused by who refuses it again"
    assert found[3] == standing.split(".")[5:]
    assert found[4] == [""] * 6


def test_strings_are_what_the_service_and_the_libraries_of_the_iab_read() -> None:
    random = Random(7)
    reasons = ["granted", "granted", "granted", "refused", "gpc", "minor"]
    asked, expected = [], []
    facts = {name: text for name, text in OFFER.items() if name != "keys"}
    facts |= {"cmp": [300, 2], "list": [SMALL.version, 5], "cc": "DE", "restrictions": [[2, 1, "2_8"], [7, 0, "4"]]}
    for number in range(60):
        sets = [_some(random, text) for text in (OFFER[name] for name in ("purposes", "interests", "features"))]
        sets += [_some(random, text) for text in (OFFER["consent"], OFFER["interest"], OFFER["google"])]
        cookie = f"t1.{20_700 + number}.{OFFER['key']}.{number % 3}.de.{'.'.join(sets)}"
        given: Any = {group: {"reason": random.choice(reasons)} for group in GROUPS}
        choice = parse_tcf(cookie)
        assert choice
        asked.append([facts, cookie, given])
        expected.append((choice, masked(granted_of(OFFER, choice), given)))
    found = in_javascript("tcf_choices.mjs", {"strings": asked})["strings"]
    read = in_javascript("tcf_library.mjs", [text for text, _ in found])
    for (choice, granted), (_, google), told in zip(expected, found, read, strict=True):
        assert told["facts"] == [choice.day * 86_400_000, 300, 2, choice.screen, "DE", SMALL.version, 5, True, "DE"]
        assert [told[name] for name in SETS[:5]] == [sorted(getattr(granted, name)) for name in SETS[:5]]
        assert told["disclosed"] == sorted(read_ids(OFFER["disclosed"]))
        assert told["publisher"] == sorted(granted.purposes)
        assert told["restrictions"] == [[2, 1, [2, 8]], [7, 0, [4]]]
        assert google == additional_consent(OFFER, granted)


def _some(random: Random, text: str) -> str:
    offered = read_ids(text)
    return format_ids(frozenset(one for one in offered if random.random() < 0.6), offered)


def test_the_string_of_google_is_of_its_form() -> None:
    facts = {"google": "70_89_108"}
    cookie = "t1.1.1f2e3d4c.2.en......"
    answers: Any = {group: {"reason": "refused"} for group in GROUPS}
    whole = facts | {"cmp": [300, 2], "list": [3, 5], "cc": "DE", "restrictions": [], "disclosed": "2"}
    asked = [[whole, cookie + ids, answers] for ids in ("89", "*", "")]
    found = [google for _, google in in_javascript("tcf_choices.mjs", {"strings": asked})["strings"]]
    assert found == ["2~89~dv.70.108", "2~70.89.108~dv.", "2~~dv.70.89.108"]


def test_the_script_decides_every_golden_case_with_the_framework_as_the_service_does() -> None:
    cases = golden_cases(TCF_FILE)
    answers = in_javascript("tcf_golden.mjs", cases)
    wrong = {case["name"]: answer for case, answer in zip(cases, answers, strict=True) if answer != case["full"]}
    assert (len(cases) > 0, wrong) == (True, {})


def test_the_script_decides_made_up_visits_with_the_framework_as_the_service_does() -> None:
    random = Random(3)
    configs = [some_config(random) for _ in range(40)]
    visits = [_with_framework(random, some_visit(random, random.choice(configs))) for _ in range(1500)]
    ours = [
        asdict(
            decide(
                visit["resolved"],
                visit["day"],
                Signals(**visit["signals"]),
                parse_choice(visit["choice"], visit["tcf"]),
                visit["path"],
            )
        )
        for visit in visits
    ]
    assert {"granted", "refused", "not_covered"} <= {tag["reason"] for one in ours for tag in one["tags"]}
    theirs = in_javascript("tcf_golden.mjs", visits)
    assert [visit for visit, found, known in zip(visits, theirs, ours, strict=True) if found != known] == []


def _with_framework(random: Random, visit: dict[str, Any]) -> dict[str, Any]:
    """Return `visit` on a TCF site where some tags belong to vendors on the list."""
    resolved = copy.deepcopy(visit["resolved"])
    offer = {name: OFFER[name] for name in ("consent", "interest", "purposes", "interests", "features", "google")}
    resolved["tcf"] = offer | {"key": "11111111", "keys": ["11111111", "22222222"], "disclosed": OFFER["disclosed"]}
    for tag in resolved["tags"]:
        if tag["group"] != "essential" and random.random() < 0.6:
            needs = {"vendor": random.choice([2, 20, 755]), "consent": _few(random), "interest": _few(random)}
            tag |= {"tcf": needs, "level": OPT_IN}
    sets = [_some(random, OFFER[name]) if random.random() < 0.8 else "" for name in offer]
    if random.random() < 0.4:
        sets = [random.choice(["*", ""])] * 6
    day = visit["day"] - random.choice([0, 0, 1, 30, 200, 400])
    if visit["choice"]:
        day = int(visit["choice"].split(".")[1]) + random.choice([-1, 0, 0, 1])
    key = random.choice(["11111111", "22222222", "33333333"])
    order = [sets[at] for at in (2, 3, 4, 0, 1, 5)]
    tcf = f"t1.{day}.{key}.2.en.{'.'.join(order)}" if random.random() < 0.9 and day >= 0 else None
    return visit | {"resolved": resolved, "tcf": tcf}


def _few(random: Random) -> list[int]:
    return sorted(random.sample(range(1, 12), random.choice([0, 1, 2])))
