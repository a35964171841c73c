"""What the law requires for a visitor's age, place and day: each case in tests/golden/law.json."""

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from consent.core.age_rules import TOKENS, minor_effects
from consent.core.groups import LEVELS, OPTIONAL
from consent.core.rules import Place
from tests import golden
from tests.golden import shipped_rules

CASES = json.loads(Path(golden.__file__).with_name("law.json").read_text("utf-8"))["cases"]
WORDS = {1: "opt_in", 2: "parent", 3: "barred"}


def names() -> list[str]:
    return [f"{case['place']} {case['age']} {case['date']}" for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=names())
def test_a_case_comes_out_as_the_law_has_it(case: dict[str, Any]) -> None:
    country, _, part = case["place"].partition("-")
    rule = shipped_rules().rule_at(Place(country, part or None), datetime.date.fromisoformat(case["date"]))
    effects = dict(zip(TOKENS, minor_effects(rule.minors, 99 if case["age"] is None else case["age"]), strict=True))
    effects["advertising"] = max(effects["advertising"], effects["sale_or_share"])
    found = {
        group: WORDS.get(effects[group], LEVELS[level]) for group, level in zip(OPTIONAL, rule.levels, strict=True)
    }
    found |= {"regime": rule.regime, "gpc": rule.gpc}
    assert {name: found[name] for name in case["expect"]} == case["expect"], case["why"]
