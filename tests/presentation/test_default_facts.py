"""The facts that a new site states by default are known in every language of the banner."""

import pytest

from consent.presentation.default_facts import default_period, default_place, fact_in
from consent.presentation.texts import languages
from consent.sites.site_creation import DEFAULT_MONTHS
from consent.storage.tables.sites import Site

OTHERS = [language for language in languages() if language != "en"]


@pytest.mark.parametrize("language", OTHERS)
def test_a_default_fact_is_shown_in_the_language_of_the_visitor(language: str) -> None:
    assert "36" in default_period(language, 36)
    assert fact_in("36 months after expiry or withdrawal", language) == default_period(language, 36)
    assert fact_in(default_period(language, 13), "en") == "13 months after expiry or withdrawal"
    for host in ("", "consent.example.com"):
        assert fact_in(default_place("en", host), language) == default_place(language, host)
        assert fact_in(default_place(language, host), "en") == default_place("en", host)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "36 months",
        "Our servers in Frankfurt, Germany",
        "On our own server, in the cellar",
        "36 months after expiry",
    ],
)
def test_a_fact_in_own_words_stays_as_it_was_written(text: str) -> None:
    assert fact_in(text, "pl") == text


def test_words_follow_the_number_as_each_language_counts() -> None:
    assert default_period("pl", 36) == "36 miesięcy po wygaśnięciu lub wycofaniu"
    assert default_period("pl", 24) == "24 miesiące po wygaśnięciu lub wycofaniu"
    assert default_period("de", 36) == "36 Monate nach Ablauf oder Widerruf"


def test_the_period_is_that_of_a_new_site() -> None:
    default = Site.__table__.c.retention_months.server_default
    assert default is not None
    assert str(getattr(default, "arg", "")) == str(DEFAULT_MONTHS)
