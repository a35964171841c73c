"""The names of regimes as users read them."""

from consent.dashboard.frame.labels import regime_words
from tests.golden import shipped_rules


def test_places_are_named_and_not_abbreviated() -> None:
    found = {
        name: regime_words(name) for name in ("us_ca", "intl_notice", "eu_opt_in", "jp_notice", "us_nv", "us_opt_out")
    }
    assert found == {
        "us_ca": "California",
        "intl_notice": "International notice",
        "eu_opt_in": "EU opt-in",
        "jp_notice": "Japan notice",
        "us_nv": "Nevada",
        "us_opt_out": "US opt-out",
    }


def test_no_two_regimes_read_alike() -> None:
    names = sorted(shipped_rules().under)
    assert len({regime_words(name) for name in names}) == len(names) > 10
