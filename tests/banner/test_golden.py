import json
import subprocess
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

from consent.core.account_join import Visit as JoinVisit
from consent.core.account_join import join_carried
from consent.core.amend import amended
from consent.core.choice import Choice, format_choice, parse_choice
from consent.core.decide import Signals, decide
from consent.core.groups import OPTIONAL
from consent.core.paths import any_matches
from tests.golden import golden_cases
from tests.golden.random_visits import some_config, some_visit

WHOLE = (
    "v1.20783.eu.0.112345678101234567-00000000.",
    "v1.0.us_ca+fx.3.0aaaaaaaa1bbbbbbbb0cccccccc.meta-pixel:0~ga4:1",
    "v1.999999." + "r" * 40 + "+fadx.1.-00000000-00000000-00000000." + "a" * 64 + ":1",
)
"""Valid values; with one to three changes, most become invalid."""
REASONS = {
    *("essential", "granted", "refused", "vendor_granted", "vendor_refused", "opt_in_not_given", "opt_out_default"),
    *(
        "notice_default",
        "exempt",
        "gpc",
        "dnt",
        "minor",
        "sensitive",
        "precise_location",
        "not_covered",
        "stricter_place",
        "expired",
    ),
    *("switched_off", "kill_switch", "out_of_place", "out_of_page", "out_of_schedule", "unclassified"),
}
"""All reasons in the contract."""
SIGNS = "v1.+_-:~0239afxzA \n\u0661"


def in_javascript(runner: str, given: Any) -> Any:
    done = subprocess.run(
        ["node", Path(__file__).with_name(runner)], input=json.dumps(given), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_the_script_decides_every_golden_case_like_the_service() -> None:
    cases = golden_cases()
    answers = in_javascript("golden.mjs", cases)
    assert len(answers) == len(cases) > 0
    wrong = {case["name"]: answer for case, answer in zip(cases, answers, strict=True) if answer != case["full"]}
    assert wrong == {}


def test_the_script_decides_generated_visits_like_the_service() -> None:
    random = Random(1)
    configs = [some_config(random) for _ in range(50)]
    visits = [some_visit(random, random.choice(configs)) for _ in range(2000)]
    ours = []
    for visit in visits:
        signals, choice = Signals(**visit["signals"]), parse_choice(visit["choice"])
        assert (choice is None) == (visit["choice"] is None)
        ours.append(asdict(decide(visit["resolved"], visit["day"], signals, choice, visit["path"])))
    assert {tag["reason"] for one in ours for tag in one["tags"]} == REASONS
    theirs = in_javascript("golden.mjs", visits)
    wrong = [visit for visit, found, known in zip(visits, theirs, ours, strict=True) if found != known]
    assert wrong == []


def test_the_script_matches_page_patterns_like_the_service() -> None:
    random = Random(1)
    pairs = [
        tuple("".join(random.choices(signs, k=random.randint(0, 6))) for signs in ("ab**", "ab")) for _ in range(5000)
    ]
    ours = [any_matches([pattern], path) for pattern, path in pairs]
    assert 500 < sum(ours) < 4500
    assert in_javascript("paths.mjs", pairs) == ours


def test_the_script_parses_every_cookie_like_the_service() -> None:
    values = [*WHOLE, "", "v1", ".....", "v1.1.eu.0.", WHOLE[1].replace("+fx", "+f+x"), WHOLE[0].replace("eu", "eu+")]
    values += [WHOLE[0] + vendors for vendors in ("a:1~", "a:1~a:0", "a:1" * 400, "-a:1", "a:1:1", "a:11", "a", ":1")]
    values += [WHOLE[0] + "~".join(f"{'v' * 60}{n}:1" for n in range(more)) for more in (10, 15, 16)]
    values += [changed(Random(seed)) for seed in range(3000)]
    # The second cookie is parsed separately.
    ours = [asdict(found) if (found := parse_choice(value)) else None for value in values]
    ours = [found and {name: value for name, value in found.items() if name != "tcf"} for found in ours]
    assert all(ours[: len(WHOLE)])
    assert 100 < sum(one is not None for one in ours) < 2000
    theirs = in_javascript("choices.mjs", values)
    wrong = {value: found for value, found, known in zip(values, theirs, ours, strict=True) if found != known}
    assert wrong == {}


def test_the_script_amends_a_choice_like_the_service() -> None:
    random = Random(1)
    pairs = [(some_choice(random), some_choice(random), random.choice((6, 12, 13))) for _ in range(2000)]
    ours = [asdict(amended(*pair)) for pair in pairs]
    assert len({tuple(one["groups"].values()) for one in ours}) == 27
    theirs = in_javascript("amended.mjs", [(asdict(before), asdict(now), life) for before, now, life in pairs])
    wrong = [pair for pair, found, known in zip(pairs, theirs, ours, strict=True) if found != known]
    assert wrong == []


def test_the_script_merges_the_choice_of_an_app_like_the_service() -> None:
    random, cases, ours = Random(2), [], []
    configs = [some_config(random) for _ in range(20)]
    for _ in range(1500):
        visit = some_visit(random, random.choice(configs))
        carried, own = some_choice(random), random.choice((None, some_choice(random)))
        day = 20_000 + random.choice((1, 184, 366))
        joined = join_carried(carried, own, JoinVisit(visit["resolved"], day))
        ours.append({name: value for name, value in asdict(joined).items() if name != "tcf"} if joined else None)
        texts = {"carried": format_choice(carried), "own": format_choice(own) if own else None}
        cases.append({**texts, "resolved": visit["resolved"], "day": day})
        # Neither side's refusal becomes a grant.
        for side in (carried, own):
            if side and joined:
                refused = {group for group, answer in side.groups.items() if answer is False}
                assert not refused & {group for group, answer in joined.groups.items() if answer}
    theirs = in_javascript("joined.mjs", cases)
    wrong = [case for case, found, known in zip(cases, theirs, ours, strict=True) if found != known]
    assert wrong == []


def some_choice(random: Random) -> Choice:
    return Choice(
        20_000 + random.choice((0, 1, 183, 184, 365, 366, 397)),
        random.choice(("eu_opt_in", "us_ca")),
        {group: random.choice((True, False, None)) for group in OPTIONAL},
        {group: random.choice("01") * 8 for group in OPTIONAL},
        {
            vendor: random.choice((True, False))
            for vendor in random.sample(["ads", "chat", "stats"], random.randint(0, 3))
        },
        random.choice((0, 0, 1)),
        random.choice(("", "", "d")),
    )


def changed(random: Random) -> str:
    text = random.choice(WHOLE)
    for _ in range(random.randint(1, 3)):
        start = random.randrange(len(text) + 1)
        text = text[:start] + random.choice(("", *SIGNS)) + text[start + random.randint(0, 1) :]
    return text
