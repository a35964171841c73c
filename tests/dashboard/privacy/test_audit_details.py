"""The values of audit entries in words: with names of tags, vendors and settings in place of codes."""

from typing import Any

import pytest

from consent.dashboard.privacy.audit_details import audit_details
from consent.dashboard.privacy.audit_sentences import audit_sentence
from tests.dashboard.client import Dashboard

TAG: dict[str, Any] = {
    "id": "demo-analytics",
    "name": "Demo Analytics",
    "vendor": "demo-analytics",
    "template": "demo-analytics",
    "group": "analytics",
    "enabled": True,
    "pages": {"only": [], "except": []},
    "places": {"only": [], "except": []},
    "load": {"type": "script", "src": "https://a.example/a.js?id=D-1001", "calls": []},
    "parameters": {"measurement_id": "D-1001"},
}


def said(dashboard: Dashboard, before: Any, after: Any) -> list[tuple[str, str, str]]:
    with dashboard.app.test_request_context():
        details = audit_details(before, after, {"a": "Tag A", "b": "Tag B"})
    return [(one.field, one.before, one.after) for one in details]


@pytest.mark.parametrize(
    ("part", "before", "after", "wanted"),
    [
        ("overrides time_zone", "Europe/Berlin", "UTC", ("Settings: Time zone", "Europe/Berlin", "UTC")),
        ("overrides public_log", False, True, ("Settings: Anyone may read the log of this site", "off", "on")),
        ("look position", "bar", "corner", ("Look: Layout", "Bar", "Corner")),
        ("order of tags", ["a", "b"], ["b", "a"], ("Order of the tags", "Tag A, Tag B", "Tag B, Tag A")),
        ("variants b", None, {"id": "b", "weight": 2}, ("Variant B: ", "", "2")),
        ("vendors ga", {"name": "GA", "company": "X"}, {"name": "GA", "company": "Y"}, ("GA: Company", "X", "Y")),
        ("texts languages", {"en": {}}, {"en": {}, "de": {}}, ("Languages", "", "German")),
        ("cookies _ga cookie ga", None, {"name": "_ga"}, ("1 cookie or stored item", "", "_ga")),
    ],
)
def test_a_part_has_words(
    dashboard: Dashboard, part: str, before: Any, after: Any, wanted: tuple[str, str, str]
) -> None:
    sides = [{part: side} if side is not None else {} for side in (before, after)]
    ((field, old, new),) = said(dashboard, *sides)
    assert (field[: len(wanted[0])], old, new) == wanted


@pytest.mark.parametrize(
    ("field", "before", "after", "wanted"),
    [
        ("kind", None, "opt_out_sale", ("Kind", "", "Do not sell or share")),
        ("kind", None, "hold", ("Kind", "", "Legal hold")),
        ("outcome", None, "not_identified", ("Outcome", "", "Not identified")),
        ("place", "DE", "US-CA", ("Place", "Germany", "United States, California")),
        ("role", "viewer", "admin", ("Role", "Viewer", "Admin")),
        ("state", "gone", "paused", ("State", "no longer there", "paused")),
    ],
)
def test_a_value_of_an_entry_has_words(
    dashboard: Dashboard, field: str, before: Any, after: Any, wanted: tuple[str, str, str]
) -> None:
    assert said(dashboard, {field: before}, {field: after}) == [wanted]


def test_an_added_or_removed_tag_has_no_value_but_what_it_runs(dashboard: Dashboard) -> None:
    part = {"tags demo-analytics": TAG}
    url = "https://a.example/a.js?id=D-1001"
    assert said(dashboard, None, part) == [
        ("Tag: Demo Analytics", "", "tag, analytics, on"),
        ("Demo Analytics: Loaded from", "", url),
    ]
    assert said(dashboard, part, None) == [
        ("Tag: Demo Analytics", "tag, analytics, on", ""),
        ("Demo Analytics: Loaded from", url, ""),
    ]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"parameters": {"measurement_id": "D-2002"}}, "Changed the measurement ID of Demo Analytics to D-2002"),
        ({"trigger": {"on": "click", "selector": "#buy"}}, "Changed the trigger of Demo Analytics to a click on #buy"),
        ({"note": "For spring"}, "Changed the note of Demo Analytics"),
        ({"schedule": {"from": "2026-12-01", "until": None}}, "Changed the dates of Demo Analytics"),
        ({"exemptions": ["x"], "limited": "own"}, "Changed the legal basis of Demo Analytics"),
        (
            {"note": "x", "labels": ["y"], "pages": {"only": ["/x"], "except": []}},
            "Changed the pages, note, and labels of Demo Analytics",
        ),
        (
            {"note": "x", "labels": ["y"], "languages": ["de"], "pages": {"only": ["/x"], "except": []}},
            "Changed the pages, note, and 2 more of Demo Analytics",
        ),
        ({"enabled": False, "note": "x"}, "Switched Demo Analytics off. Changed the note of Demo Analytics"),
        (
            {"group": "advertising", "enabled": False},
            "Switched Demo Analytics off. Moved Demo Analytics to advertising",
        ),
    ],
)
def test_a_sentence_names_up_to_three_fields(dashboard: Dashboard, changes: dict[str, Any], sentence: str) -> None:
    before, after = {"tags demo-analytics": TAG}, {"tags demo-analytics": TAG | changes}
    with dashboard.app.test_request_context():
        assert audit_sentence("draft.changed", "draft 2", before, after) == sentence


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ({"en": {}}, {"en": {"title": "Hello"}}, "Changed own words in English"),
        ({"en": {}, "de": {}}, {"en": {"title": "a"}, "de": {"title": "b"}}, "Changed own words in English and German"),
        ({"en": {}}, {"en": {}, "de": {}}, "Changed Banner: Languages"),
    ],
)
def test_a_sentence_says_in_which_languages_words_changed(
    dashboard: Dashboard, before: Any, after: Any, sentence: str
) -> None:
    with dashboard.app.test_request_context():
        sides = {"texts languages": before}, {"texts languages": after}
        assert audit_sentence("draft.changed", "draft 2", *sides) == sentence
        undone = sentence.replace("Changed", "Undid a change in the draft:")
        assert audit_sentence("draft.reverted", "draft 2", *sides) == undone


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        ("created", "Added request 5: Access"),
        ("extended", "Extended request 5: Access"),
        ("closed", "Closed request 5: Access"),
        ("reopened", "Opened request 5 again: Access"),
        ("opened", ""),
    ],
)
def test_a_sentence_names_the_request_and_its_kind(dashboard: Dashboard, action: str, sentence: str) -> None:
    facts = None if action == "opened" else {"kind": "access", "place": "DE"}
    with dashboard.app.test_request_context():
        assert audit_sentence(f"privacy_request.{action}", "request 5", None, facts) == sentence


def test_a_field_of_an_entry_is_named_in_the_language_of_the_page(dashboard: Dashboard) -> None:
    with dashboard.app.test_request_context(headers={"Accept-Language": "de"}):
        details = audit_details(None, {"language": "de", "role": "admin"}, {})
    assert [one.field for one in details] == ["Sprache", "Rolle"]
