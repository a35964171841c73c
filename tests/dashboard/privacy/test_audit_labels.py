"""Every field that the code writes to the audit trail has a label that a person knows."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import consent
from consent.dashboard.privacy.audit_details import ENTRY_WORDS, audit_subject, entry_label
from consent.log.audit_labels import AUDIT_WORDS, FIELD_WORDS
from tests.dashboard.client import Dashboard

SOURCES = Path(consent.__file__).parent
FACTS = ("facts", "_facts", "_log_facts", "_token_facts", "_role_facts", "_decision_facts", "_audited", "audit_facts")
FACTS_ELSEWHERE = ("facts_of_day", "facts_of_hour")
"""Functions that return what an entry has before or after."""
SIDES = ("before", "after", "facts", "claims")


def _keys(tree: ast.AST) -> Iterator[str]:
    """Yield the literal keys of dicts within `tree`, but not of dicts within their values."""
    if isinstance(tree, ast.Dict):
        yield from (key.value for key in tree.keys if isinstance(key, ast.Constant) and isinstance(key.value, str))
        return
    for child in ast.iter_child_nodes(tree):
        yield from _keys(child)


def _is_audit(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name == "record" or name.startswith("audit")


def _written_fields() -> Iterator[tuple[str, str]]:
    """Yield each field that an entry can have, with its file."""
    for path in SOURCES.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        calls = [one for one in ast.walk(tree) if isinstance(one, ast.Call) and _is_audit(one)]
        given = {name.id for call in calls for one in call.args for name in ast.walk(one) if isinstance(name, ast.Name)}
        for node in ast.walk(tree):
            found: Iterator[str] = iter(())
            if isinstance(node, ast.Call) and node in calls:
                found = (key for one in node.args for key in _keys(one))
            elif isinstance(node, ast.FunctionDef) and node.name in (
                (*FACTS, *FACTS_ELSEWHERE) if calls else FACTS_ELSEWHERE
            ):
                found = (key for one in node.body for key in _keys(one))
            elif calls and isinstance(node, ast.Assign):
                names = {one.id for one in node.targets if isinstance(one, ast.Name)}
                found = _keys(node.value) if names & {*SIDES} & given else iter(())
            yield from ((path.name, key) for key in found)


@pytest.mark.slow
def test_each_field_that_is_written_has_a_label() -> None:
    written = set(_written_fields())
    assert len({key for _, key in written}) > 40
    labels = {*ENTRY_WORDS, *FIELD_WORDS, *(path.partition(".")[0] for path in ENTRY_WORDS)}
    own = ("vendors",)  # its fields are the vendors' ids
    assert sorted(one for one in written if one[1] not in (*labels, *own)) == []


def test_each_action_has_a_label_and_no_label_is_a_code() -> None:
    assert all(words[0].isupper() and "_" not in words for words in AUDIT_WORDS.values())
    assert all("_" not in words for words in [*FIELD_WORDS.values()])


def test_settings_of_a_group_have_the_labels_of_their_pages(dashboard: Dashboard) -> None:
    with dashboard.app.test_request_context():
        assert entry_label("look.accent") == "Look: Color of the buttons"
        assert entry_label("controller.contact") == "Who is responsible: Privacy contact"
        assert entry_label("views.opt_in") == "Page views: opt_in"
        assert entry_label("vendors.acme") == "Vendor: acme"


def test_subjects_are_in_the_language_of_the_page(dashboard: Dashboard) -> None:
    with dashboard.app.test_request_context(headers={"Accept-Language": "en"}):
        assert audit_subject("draft 3") == "draft 3"
        assert "2027" in audit_subject("until 2027-01-02T03:04:05Z")
        assert "T03" not in audit_subject("until 2027-01-02T03:04:05Z")
        assert audit_subject("Ann Chief") == "Ann Chief"
    with dashboard.app.test_request_context(headers={"Accept-Language": "de"}):
        assert audit_subject("draft 3") == "Entwurf 3"
        assert audit_subject("scan 5") == "Scan 5"
        assert audit_subject("version 2") == "Version 2"
