"""The difference before a publish, line by line."""

from consent.dashboard.frame.change_descriptions import readable
from consent.publishing.publish import Change


def test_nothing_in_the_place_of_nothing_is_no_change():
    before = {"name": "Chat", "limits": {"pages": {"only": [], "except": []}, "languages": None}}
    after = {"name": "Chat", "limits": {"pages": {"only": ["/plants/*"], "except": []}, "languages": []}}
    (line,) = readable([Change("tag chat", before, after)])
    assert [(one.before, one.after) for one in line.details] == [("", "/plants/*")]
