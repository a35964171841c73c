"""Draft laws: what each would change for a site is shown, and nothing that decides ever reads them."""

import copy
import csv
import datetime
import io
import re
from pathlib import Path
from typing import Any

import pytest

from consent.core.rules import Place
from consent.sites.law.packages import FILES
from consent.sites.law.scenarios import FACTS, TABLE, load_scenarios, scenario_changes
from consent.sites.law.table_checks import CODE, URL, table_problems
from consent.sites.shipped_rules import load_rules, rule_file, shipped_files
from tests.golden import make_config

TODAY = datetime.date(2026, 12, 2)
SOURCES = Path(__file__).parents[2] / "consent"


def site(**counter: Any) -> Any:
    tags = [{"id": "ads", "group": "advertising"}, {"id": "counter", "group": "analytics", **counter}]
    return make_config([tag | {"name": tag["id"].title()} for tag in tags])


def test_the_omnibus_would_let_own_audience_measurement_run_in_the_union() -> None:
    (omnibus,) = load_scenarios()
    found = scenario_changes(site(exemptions=["audience:FR"]), load_rules(), omnibus, TODAY)
    assert {"DE", "SE", "EU"} <= {one.code for one in found} <= set(omnibus.codes)
    assert {(one.runs, one.falls) for one in found} == {(("Counter",), ())}
    assert not {"FR", "ES", "IT", "NL", "GB", "US-CA"} & {one.code for one in found}, (
        "exempt there today, or not the EU"
    )
    assert scenario_changes(site(), load_rules(), omnibus, TODAY) == [], "the tag measures more than its own audience"


def test_every_cell_of_a_scenario_is_one_that_the_rules_could_have() -> None:
    rows = list(csv.DictReader(io.StringIO(rule_file("regions.csv"))))
    drafts = list(csv.DictReader(io.StringIO(TABLE.read_text("utf-8"))))
    assert [draft["id"] for draft in drafts] == sorted({draft["id"] for draft in drafts})
    for draft in drafts:
        assert draft["status"] == "draft"
        assert re.fullmatch(URL, draft["url"])
        assert datetime.date.fromisoformat(draft["checked"])
        assert set(draft) - set(FACTS) <= set(rows[0])
        assert all(re.fullmatch(CODE, code) and code in load_rules().codes for code in draft["code"].split(";"))
    for scenario in load_scenarios():
        cells = [row | {name: text.replace("*", row["code"]) for name, text in scenario.cells} for row in rows]
        out = io.StringIO()
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(new if new["code"] in scenario.codes else old for new, old in zip(cells, rows, strict=True))
        assert list(table_problems({**shipped_files(), "regions.csv": out.getvalue()})) == []


def test_no_decision_reads_a_draft(monkeypatch: pytest.MonkeyPatch) -> None:
    assert TABLE.name not in FILES
    read: list[str] = []
    real = Path.read_text

    def noted(path: Path, *args: Any, **facts: Any) -> str:
        read.append(path.name)
        return real(path, *args, **facts)

    monkeypatch.setattr(Path, "read_text", noted)
    for cached in (load_rules, shipped_files):
        cached.cache_clear()
    shipped_files()
    rules = load_rules()
    assert "regions.csv" in read
    assert TABLE.name not in read
    before = copy.deepcopy(rules.rows), [rules.rule_at(Place(code[:2]), TODAY) for code in rules.codes]
    for scenario in load_scenarios():
        scenario_changes(site(exemptions=["audience:FR"]), rules, scenario, TODAY)
    assert (rules.rows, [rules.rule_at(Place(code[:2]), TODAY) for code in rules.codes]) == before
    assert load_rules() is rules


def test_only_the_page_of_rules_knows_the_drafts() -> None:
    users = {
        str(path.relative_to(SOURCES))
        for path in SOURCES.rglob("*.py")
        if "law.scenarios" in path.read_text("utf-8") or "scenarios.csv" in path.read_text("utf-8")
    }
    assert users == {"sites/law/scenarios.py", "dashboard/sites/law_calendar.py"}
