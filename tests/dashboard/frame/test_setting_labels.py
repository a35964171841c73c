"""A setting has one name: the label of its field is the one in diffs, issues, the audit trail and search."""

import html
import re
from html.parser import HTMLParser

import pytest

from consent.dashboard.frame.draft_labels import SETTING_WORDS, VARIANT_WORDS
from tests.dashboard.client import Dashboard
from tests.dashboard.forms import FORMS

PAGES = {
    "/sites/demo/settings": {
        **{f"controller {name}": name for name in SETTING_WORDS["controller"]},
        **{
            f"overrides {name}": name
            for name in (
                *("ask_for_new_vendors", "one_choices_link", "visitor_requests", "cookie_scope", "accounts"),
                *("time_zone", "decision_seconds", "public_log", "unknown_hosts", "allowed_hosts", "guard_cookies"),
                *("old_tool", "foreign_marks", "sightings", "headless"),
            )
        },
    },
    "/sites/demo/rules": {
        f"overrides {name}": name
        for name in (
            *("rest_of_world", "sensitive_paths", "sensitive", "addresses_children", "honour_dnt"),
            "ignore_gpc_where_silent",
        )
    },
    "/sites/demo/payment-pages": {"overrides payment_paths": "payment_paths"},
    "/sites/demo/banner": {
        **{f"look {name}": name for name in ("accent", "surface", "text", "scheme", "radius", "font", "foot")},
        "look dark": "own_dark",
    },
    "/sites/new": {"controller policy_revision": "policy_revision"},
    "/sites/demo/experiment": {
        **{f"variants {name}": name for name in VARIANT_WORDS},
        **{f"look {name}": name for name in ("position", "accent", "radius", "font")},
    },
}
"""By page, the name of the field of each setting."""


class Fields(HTMLParser):
    """Collects the text before or beside each named field within its label, without the help in `small`."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.labels: dict[str, set[str]] = {}
        self._words: list[str] | None = None
        self._names: list[str] = []
        self._skipped = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Start a label, or note the name of a field in it."""
        facts = dict(attrs)
        if tag == "label":
            self._words, self._names = [], []
        elif tag in ("small", "select", "textarea", "span"):
            self._skipped = self._skipped or tag
        if tag in ("input", "select", "textarea") and self._words is not None:
            self._names.append(facts.get("name") or "")

    def handle_endtag(self, tag: str) -> None:
        """End a label, or a part of it that is no label."""
        if tag == self._skipped:
            self._skipped = ""
        if tag == "label" and self._words is not None:
            words = " ".join("".join(self._words).split())
            for name in self._names:
                self.labels.setdefault(name, set()).add(words)
            self._words = None

    def handle_data(self, data: str) -> None:
        """Collect the text of a label."""
        if self._words is not None and not self._skipped:
            self._words.append(data)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["en", "de"])
def test_the_label_of_a_field_is_the_name_of_its_setting(dashboard: Dashboard, path: str, language: str) -> None:
    chief = dashboard.browser("chief")
    chief.post(*FORMS["dashboard.save_variant"])
    labels = Fields(chief.get(path, Accept_Language=language).text).labels
    with dashboard.app.test_request_context(headers={"Accept-Language": language}):
        wanted = {part: _words(part) for part in PAGES[path]}
    found = {part: labels.get(name, set()) for part, name in PAGES[path].items()}
    assert {part: words for part, words in found.items() if wanted[part] not in words} == {}


def test_a_group_of_fields_has_the_name_of_its_setting(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    for path, parts in {
        "/sites/demo/settings": ("overrides asked_groups", "overrides gpp", "overrides tcf"),
        "/sites/demo/banner": ("look position", "look back", "look logo"),
    }.items():
        heads = re.findall(r"<(?:legend|h2|h3)>([^<]+)<", chief.get(path).text)
        named = {html.unescape(" ".join(head.split())) for head in heads}
        with dashboard.app.test_request_context():
            assert {_words(part) for part in parts} - named == set()


def _words(part: str) -> str:
    section, _, name = part.partition(" ")
    return VARIANT_WORDS[name] if section == "variants" else SETTING_WORDS[section][name]
