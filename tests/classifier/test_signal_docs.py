"""The table of calls in docs/signals.md agrees with the catalog's files."""

import json
from pathlib import Path
from typing import Any

from consent.classifier.catalog import VENDORS, load_catalog

DOCS = (Path(__file__).parents[2] / "docs" / "signals.md").read_text("utf-8")


def as_js(value: Any) -> str:
    if isinstance(value, dict) and "$" in value:
        words = {"country": "country", "nothing": "() => {}"}
        return words.get(value["$"]) or f"{value['$']} {as_js(value['granted'])}/{as_js(value['refused'])}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {as_js(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(as_js(part) for part in value) + "]"
    return json.dumps(value)


def cell(calls: list[dict[str, Any]]) -> str:
    return "<br>".join(f"`{one['call']}({', '.join(as_js(arg) for arg in one['args'])})`" for one in calls) or "-"


def rows() -> list[str]:
    found = []
    for vendor in load_catalog(VENDORS).vendors:
        told = vendor.document.get("consent", {})
        if told.get("default") or told.get("granted"):
            refused = cell(vendor.document["revoke"]) + (", and the page is loaded again" if "stops" in told else "")
            cells = [vendor.name, cell(told.get("default", [])), cell(told.get("granted", [])), refused]
            found.append(f"| {' | '.join(cells)} |")
    return found


def test_each_vendor_that_gets_a_signal_is_in_the_table_with_its_calls() -> None:
    missing = [row for row in rows() if row not in DOCS]
    assert rows()
    assert not missing, "\n".join(missing)
