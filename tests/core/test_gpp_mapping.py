import json
from pathlib import Path
from typing import Any

import pytest

from consent.core.gpp.codec import decode
from consent.core.gpp.mapping import GppSite, VisitorFacts, answer_of, gpp_sections, gpp_site, visitor_facts
from consent.core.gpp.sections import written_sections

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "golden" / "gpp_decisions.json").read_text("utf-8")
)
"""Decisions and their GPP strings, derived independently of this code."""


def answer(given: dict[str, Any]) -> Any:
    settings = {name: given[name] for name in ("approach", "mspa", "opt_out_notice", "sensitive")}
    site = GppSite(settings, given["privacy_policy"])  # type: ignore[arg-type]
    sections = gpp_sections(site, given["country"], given["subdivision"])
    facts = VisitorFacts(given["advertising"], given["by_own_act"], given["gpc"], given["age_band"])
    return answer_of(sections, facts)


@pytest.mark.parametrize("why", sorted({case["why"] for case in CASES}))
def test_a_decision_gives_its_string(why: str) -> None:
    for case in CASES:
        if case["why"] == why:
            expected = {"string": case["string"], "applicable_sections": case["applicable"]}
            assert answer(case["given"]) == expected, case["id"]


@pytest.mark.parametrize("subdivision", [*(prefix[2:].upper() for prefix in written_sections()), "MD", "NY", None])
@pytest.mark.parametrize("approach", ["national", "state", "both"])
def test_the_opt_outs_carry_what_a_signal_did(approach: str, subdivision: str | None) -> None:
    given = {"approach": approach, "mspa": "none", "opt_out_notice": True, "sensitive": [], "privacy_policy": True}
    given |= {"country": "US", "subdivision": subdivision, "gpc": True, "age_band": "unknown"}
    refused = answer(given | {"advertising": False, "by_own_act": False})
    for section in decode(refused["string"]):
        assert section.content
        opt_outs = {value for name, value in section.content.values.items() if name.endswith("OptOut")}
        assert opt_outs == {1}, section.content.prefix
    after_being_told = answer(given | {"advertising": True, "by_own_act": True})
    assert after_being_told["string"] != refused["string"]


def test_a_site_that_does_not_send_it_says_nothing() -> None:
    overrides: Any = {"sends": ["us_privacy"], "gpp": {"approach": "both"}, "addresses_children": False}
    document: Any = {"overrides": overrides, "controller": {"policy_url": " "}}
    assert gpp_site(document) is None
    overrides["sends"] = ["gpp"]
    assert gpp_site(document) == GppSite({"approach": "both", "mspa": "none", "sensitive": []}, False)


def test_on_a_site_for_children_a_visitor_of_no_stated_age_is_one() -> None:
    settings: Any = {"approach": "state", "mspa": "none", "opt_out_notice": True, "sensitive": []}
    facts = VisitorFacts(False, False, False, "unknown")
    for addresses_children, consents in ((True, [1, 1]), (False, [0, 0])):
        (one,) = decode(
            answer_of(gpp_sections(GppSite(settings, True, addresses_children), "US", "CA"), facts)["string"]
        )
        assert one.content
        assert one.content.values["KnownChildSensitiveDataConsents"] == consents


def test_a_grant_by_default_is_no_act_of_the_visitor() -> None:
    groups: Any = {"advertising": {"granted": True, "reason": "opt_out_default"}}
    assert visitor_facts(groups, gpc=False, age_band="unknown") == VisitorFacts(True, False, False, "unknown")
    groups["advertising"]["reason"] = "granted"
    assert visitor_facts(groups, gpc=False, age_band="unknown").by_own_act
