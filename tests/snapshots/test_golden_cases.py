"""Golden cases of a publish: what no setting may bring about, in every place whose rule is known."""

from typing import Any

from consent.app import load_artefacts, load_rules
from consent.demo.ports import Ports
from consent.demo.site import demo_draft
from consent.snapshots.fault import Fault
from consent.snapshots.golden_cases import MOST_FAULTS, golden_faults
from consent.snapshots.preview import config_of
from consent.snapshots.publish import freeze

RULES, ARTEFACTS = load_rules(), load_artefacts()


def document() -> dict[str, Any]:
    return freeze(demo_draft(Ports()), None, 1, ARTEFACTS)


def found(document: dict[str, Any]) -> list[Fault]:
    return list(golden_faults(config_of(document, 1, RULES)))


def test_the_demo_holds_everywhere_and_stays_so_under_each_setting() -> None:
    assert found(document()) == []
    for setting in ("honour_dnt", "ignore_gpc_where_silent", "sensitive", "addresses_children", "kill_switch"):
        changed = document()
        changed["overrides"][setting] = True
        assert found(changed) == [], setting


def test_an_answer_that_would_not_count_is_found() -> None:
    changed = document()
    # As if a freeze had lost a vendor from what its group covers.
    entry = changed["purpose_keys"]["advertising"][0]
    entry["vendors"] = []
    faults = found(changed)
    assert len(faults) == MOST_FAULTS
    assert faults[0].sentence == "Somebody in Austria who just accepted all would not get Demo Ads."


def test_a_tag_that_would_run_against_the_law_is_found(monkeypatch: Any) -> None:
    from consent.snapshots import compile as compiled

    original = compiled.resolve

    def lax(*given: Any) -> dict[str, Any]:
        """Stand for a resolve that forgets what advertising needs."""
        resolved = original(*given)
        for tag in resolved["tags"]:
            tag["level"] = 3
        return resolved

    monkeypatch.setattr(compiled, "resolve", lax)
    changed = document() | {"version": 77}
    fault = found(changed)[0]
    assert fault.sentence == "Somebody in Austria who has not chosen would get Demo Ads."
    assert fault.rule.startswith("AT eu_opt_in GDPR")
