"""What no draft may contain about a tag, whoever writes it: the dashboard, a file, a program."""

from typing import Any

import pytest

from consent.sites.draft import DraftError, change_tag, check_draft
from tests.api.shop import site_draft

FAULTS: dict[str, tuple[str, dict[str, Any], str]] = {
    "essential without a necessity": ("session", {"necessity": " "}, "tags.0.necessity"),
    "made essential without one": ("ga", {"group": "essential"}, "tags.2.necessity"),
    "a ground that there is none of": ("ga", {"legal_basis": "legitimate_interest"}, "tags.2.legal_basis"),
    "advertising that is no sale": ("ads", {"sale_or_share": False}, "tags.3.sale_or_share"),
    "limited without a reason": ("ga", {"limited": "cookieless"}, "tags.2.limited_reason"),
    "a language without texts": ("ga", {"languages": ["tlh"]}, "tags.2.languages"),
    "a place that is none of ISO 3166": ("ga", {"places": {"only": ["UK"], "except": []}}, "tags.2.places.only"),
    "a region that its country has not": ("ga", {"places": {"only": [], "except": ["US-ZZ"]}}, "tags.2.places.except"),
    "over before it begins": (
        "ga",
        {"schedule": {"from": "2026-12-02", "until": "2026-12-01"}},
        "tags.2.schedule.until",
    ),
    "a name that is written backwards": ("ga", {"name": "Acme \u202ecitylanA"}, "tags.2.name"),
    "a trigger without what is clicked": ("ga", {"trigger": {"on": "click"}}, "tags.2.trigger.selector"),
    "a trigger that nobody knows": ("ga", {"trigger": {"on": "hover"}}, "tags.2.trigger.on"),
    "a trigger with a field of another kind": (
        "ga",
        {"trigger": {"on": "event", "name": "go", "seconds": 3}},
        "tags.2.trigger.seconds",
    ),
    "a click that is no selector": (
        "ga",
        {"trigger": {"on": "click", "selector": "#buy{}"}},
        "tags.2.trigger.selector",
    ),
    "a selector that is a program": (
        "ga",
        {"trigger": {"on": "submit", "selector": "alert(1)"}},
        "tags.2.trigger.selector",
    ),
    "a selector without an end": (
        "ga",
        {"trigger": {"on": "visible", "selector": "a" * 301, "percent": 50}},
        "tags.2.trigger.selector",
    ),
    "more than the whole page": ("ga", {"trigger": {"on": "scroll", "percent": 101}}, "tags.2.trigger.percent"),
    "a time that comes again": (
        "ga",
        {"trigger": {"on": "time", "seconds": 9, "repeat": True}},
        "tags.2.trigger.repeat",
    ),
    "a name that turns": ("ga", {"trigger": {"on": "data_layer", "name": "a\u202eb"}}, "tags.2.trigger.name"),
    "a note that is two lines": ("ga", {"payment_note": "a\nb"}, "tags.2.payment_note"),
}


@pytest.mark.parametrize(("tag", "facts", "path"), FAULTS.values(), ids=list(FAULTS))
def test_a_faulty_tag_is_refused_with_a_sentence_for_its_field(tag: str, facts: dict[str, Any], path: str) -> None:
    check_draft(site_draft())
    with pytest.raises(DraftError) as refused:
        check_draft(change_tag(site_draft(), tag, facts))
    assert list(refused.value.fields) == [path]
    assert refused.value.fields[path].endswith(".")


@pytest.mark.parametrize("sign", [*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))], ids=ascii)
def test_no_name_that_visitors_read_turns_the_direction_of_writing(sign: str) -> None:
    draft = site_draft()
    draft["vendors"][1]["name"] = draft["vendors"][1]["company"] = f"Acme{sign}"
    draft["controller"]["name"] = f"{sign}Shop"
    draft["texts"]["links"] = {"en": {"more": [{"label": f"Im{sign}print", "url": "https://shop.example/"}]}}
    with pytest.raises(DraftError) as refused:
        check_draft(draft)
    wanted = {"vendors.1.name", "vendors.1.company", "controller.name", "texts.links.en.more.0.label"}
    assert set(refused.value.fields) == wanted
    assert {"without text-direction marks" in words for words in refused.value.fields.values()} == {True}


@pytest.mark.parametrize("name", ["מעקב", "تحليلات الموقع", "Acme \u200fא"])
def test_names_of_all_writings_are_names(name: str) -> None:
    check_draft(change_tag(site_draft(), "ga", {"name": name}))


def test_a_tag_may_run_on_one_day() -> None:
    check_draft(change_tag(site_draft(), "ga", {"schedule": {"from": "2026-12-01", "until": "2026-12-01"}}))


WIDE_COOKIES: dict[str, dict[str, Any]] = {
    "everything": {"name": "*", "pattern": True},
    "two letters": {"name": "s_*", "pattern": True},
    "a framework's session by a pattern": {"name": "sess*", "pattern": True},
    "a framework's session by its name": {"name": "PHPSESSID", "pattern": False},
    "sign-ins of WordPress": {"name": "wordpress_*", "pattern": True},
    "the choice itself": {"name": "consent_*", "pattern": True},
}


@pytest.mark.parametrize("facts", WIDE_COOKIES.values(), ids=list(WIDE_COOKIES))
def test_a_name_by_which_a_refusal_deletes_too_much_is_refused(facts: dict[str, Any]) -> None:
    draft = site_draft()
    cookie = {"kind": "cookie", "group": "analytics", "purpose": None, "lifetime_s": None, "domain": None}
    cookie |= {"third_party": False, "vendor": None} | facts
    draft["cookies"] = [cookie]
    with pytest.raises(DraftError) as refused:
        check_draft(draft)
    assert list(refused.value.fields) == ["cookies.0.name"]
    assert refused.value.fields["cookies.0.name"].endswith(".")
    cookie["group"] = "essential"
    check_draft(draft)  # no refusal deletes an essential cookie
