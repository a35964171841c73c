import json
import subprocess
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

from consent.core.amend import amended
from consent.core.choice import Choice, parse_choice
from consent.core.groups import OPTIONAL
from tests.golden import golden_cases

WHOLE = (
    "v1.20783.eu.0.112345678101234567-00000000.",
    "v1.0.us_ca+fx.3.0aaaaaaaa1bbbbbbbb0cccccccc.meta-pixel:0~ga4:1",
    "v1.999999." + "r" * 40 + "+fadx.1.-00000000-00000000-00000000." + "a" * 64 + ":1",
)
"""Values of the form; what is made of them by one to three changes mostly is not."""
SIGNS = "v1.+_-:~0239afxzA \n\u0661"


def in_javascript(runner: str, given: Any) -> Any:
    done = subprocess.run(
        ["node", Path(__file__).with_name(runner)], input=json.dumps(given), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_the_script_decides_every_golden_case_as_the_service_does() -> None:
    cases = golden_cases()
    answers = in_javascript("golden.mjs", cases)
    assert len(answers) == len(cases) > 0
    wrong = {case["name"]: answer for case, answer in zip(cases, answers, strict=True) if answer != case["full"]}
    assert wrong == {}


def test_the_script_reads_in_every_cookie_what_the_service_does() -> None:
    values = [*WHOLE, "", "v1", ".....", "v1.1.eu.0.", WHOLE[0] + "a:1~", WHOLE[0] + "a:1~a:0", WHOLE[0] + "a:1" * 400]
    values += [changed(Random(seed)) for seed in range(3000)]
    ours = [asdict(found) if (found := parse_choice(value)) else None for value in values]
    assert all(ours[: len(WHOLE)])
    assert 100 < sum(one is not None for one in ours) < 2000
    theirs = in_javascript("choices.mjs", values)
    wrong = {value: found for value, found, known in zip(values, theirs, ours, strict=True) if found != known}
    assert wrong == {}


def test_the_script_changes_a_part_of_a_choice_as_the_service_does() -> None:
    random = Random(1)
    pairs = [(some_choice(random), some_choice(random), random.choice((6, 12, 13))) for _ in range(2000)]
    ours = [asdict(amended(*pair)) for pair in pairs]
    assert len({tuple(one["groups"].values()) for one in ours}) == 27
    theirs = in_javascript("amended.mjs", [(asdict(before), asdict(now), life) for before, now, life in pairs])
    wrong = [pair for pair, found, known in zip(pairs, theirs, ours, strict=True) if found != known]
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
