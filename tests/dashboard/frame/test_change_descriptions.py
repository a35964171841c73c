"""The differences listed before a publish, line by line."""

from typing import Any

from consent.dashboard.frame.change_descriptions import MAX_DETAILS, readable
from consent.dashboard.frame.change_text import change_text
from consent.dashboard.frame.code_descriptions import code_text
from consent.dashboard.frame.draft_labels import TEXT_WORDS
from consent.publishing.publish import Change, differences
from tests.publishing.catalog_drafts import analytics


def test_an_empty_value_replacing_an_empty_value_is_not_a_change():
    before = {"name": "Chat", "limits": {"pages": {"only": [], "except": []}, "languages": None}}
    after = {"name": "Chat", "limits": {"pages": {"only": ["/plants/*"], "except": []}, "languages": []}}
    (line,) = readable([Change("tag chat", before, after)])
    assert [(one.before, one.after) for one in line.details] == [("", "/plants/*")]


def test_the_difference_shows_all_that_something_new_executes() -> None:
    draft = analytics()
    load: dict[str, Any] = draft["tags"][0]["load"]
    load |= {"src": "https://evil.example/x.js", "attributes": {"data-main": "/m.js"}}
    load["calls"] = [{"call": "jQuery.load", "args": ["https://evil.example"]}]
    code = {"element": "script", "src": "", "text": "steal()", "attributes": {}}
    own = {"type": "html", "src": None, "attributes": {}, "calls": [], "hosts": [], "nodes": [code]}
    draft["tags"].append(draft["tags"][0] | {"id": "own", "name": "Own", "template": "custom", "load": own})
    draft["vendors"][0]["revoke"] = [{"call": "jQuery.off", "args": ["click"]}]
    said = change_text(readable(differences(draft, None)))  # type: ignore[arg-type]
    executed = ("https://evil.example/x.js", 'data-main="/m.js"', 'jQuery.load("https://evil.example")')
    for text in (*executed, "<script>steal()</script>", 'jQuery.off("click")'):
        assert text in said, text


def test_a_switch_goes_on_and_off() -> None:
    switched = [
        Change("overrides", {"gpc_ignored": old}, {"gpc_ignored": new}) for old, new in ((None, True), (True, False))
    ]
    sides = [(one.before, one.after) for line in readable(switched) for one in line.details]
    assert sides == [("off", "on"), ("on", "off")]
    (alone,) = readable([Change("overrides accounts", None, True)])
    assert [(one.before, one.after) for one in alone.details] == [("off", "on")]
    (text,) = readable([Change("overrides", {"cookie_scope": "host"}, {"cookie_scope": "example.com"})])
    assert [(one.before, one.after) for one in text.details] == [("host", "example.com")]


def test_a_former_tool_and_its_groups_have_their_names() -> None:
    mapping = {"tool": "didomi", "categories": {"C0002": "analytics", "ads": "vendor:demo-ads"}}
    (choices,) = readable([Change("overrides old_choices", None, mapping)])
    assert [one.after for one in choices.details] == ["Didomi", "Analytics", "vendor:demo-ads"]
    (running,) = readable([Change("overrides old_tool", "osano", "usercentrics")])
    assert [(one.before, one.after) for one in running.details] == [("Osano", "Usercentrics")]


def test_fields_of_an_import_have_the_labels_of_its_form_and_names_from_pages_are_as_written() -> None:
    mapping = {"categories": {"facebookPixel": "advertising"}, "delete": True, "life": 120, "vendors": ["matomo"]}
    (choices,) = readable([Change("overrides old_choices", None, mapping)])
    assert [one.field for one in choices.details] == [
        "Categories: facebookPixel",
        "Delete the former tool's stored choice once our receipt is stored",
        "Cookie lifetime in days",
        "Vendors that the former banner named",
    ]
    (names,) = readable([Change("overrides mark_names", None, {"facebookPixel": "meta-pixel"})])
    assert [(one.field, one.after) for one in names.details] == [("facebookPixel", "meta-pixel")]


def test_details_of_a_line_are_folded_but_none_is_left_out() -> None:
    texts = {key: f"{key} of our own" for key in TEXT_WORDS}
    (line,) = readable([Change("words en", {}, texts)])
    assert [one.field for one in line.details[:3]] == ["Title", "Text", "Accept button"]
    assert len(line.details) == MAX_DETAILS
    assert [one.after for one in (*line.details, *line.folded)] == list(texts.values())
    assert "always_allow of our own" in change_text([line])
    mail = change_text([line], 100)
    assert ("always_allow" in mail, f"and {len(texts) - MAX_DETAILS} more" in mail) == (False, True)


def test_a_call_with_the_time_reads_as_javascript() -> None:
    calls = [
        {"call": "gtag", "args": ["js", {"$": "now"}], "queue": "dataLayer"},
        {"call": "x", "args": [{"$": "time"}]},
    ]
    assert code_text("load.calls", calls) == 'gtag("js", new Date()) queued in dataLayer\nx(Date.now())'


def test_fields_of_variants_and_purposes_have_words() -> None:
    before = [{"id": "a", "weight": 1}]
    variant = {"id": "b", "weight": 2, "texts": {"de": {"accept_all": "Ja"}}, "look": {"radius": 4}}
    (line,) = readable([Change("experiment", before, [*before, variant])])
    assert {one.field: (one.before, one.after) for one in line.details} == {
        "Variant B: Traffic weight": ("", "2"),
        "Variant B: Accept button, German": ("", "Ja"),
        "Variant B: Corner radius": ("", "4"),
    }
    tag = {"name": "Chat", "purposes": ["visitor_statistics"]}
    (line,) = readable([Change("tag chat", tag, tag | {"purposes": ["session_replay"]})])
    assert [(one.before, one.after) for one in line.details] == [("Visitor statistics", "Session replay")]
