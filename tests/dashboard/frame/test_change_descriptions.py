"""The differences listed before a publish, line by line."""

from typing import Any

from consent.dashboard.frame.change_descriptions import readable
from consent.dashboard.frame.change_text import change_text
from consent.publishing.publish import Change, differences
from tests.publishing.catalog_drafts import analytics


def test_nothing_in_the_place_of_nothing_is_no_change():
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
