"""Words for each member of the contract's closed sets."""

from consent.core.decide import REASONS
from consent.dashboard.reason_words import REASON_WORDS


def test_each_reason_of_a_decision_has_words() -> None:
    assert set(REASON_WORDS) == REASONS
