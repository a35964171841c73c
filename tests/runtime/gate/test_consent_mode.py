"""What a Google hit claims through `gcs` and `gcd`, and whether that agrees with the choice."""

import pytest

from consent.runtime.gate.consent_mode import Claims, claims_less, disagreement, read_consent_mode


@pytest.mark.parametrize(
    ("query", "analytics", "advertising"),
    [
        ({"gcs": "G111", "gcd": "13v3v3v3v5l1"}, True, True),
        ({"gcs": "G100", "gcd": "11p1p1p1p5"}, False, False),
        ({"gcs": "G101", "gcd": "13p3r3p3p5l1"}, True, False),
        ({"gcs": "G110"}, False, True),
        ({"gcs": "G1--", "gcd": "13l3l3l3l1"}, None, None),
        ({"gcd": "11q1u1m1q5"}, False, False),
        ({"gcd": "13n3t3n3n5"}, True, True),
        # One of the two claims more, and that one counts.
        ({"gcs": "G100", "gcd": "13v3v3v3v5l1"}, True, True),
        ({"gcs": "G101", "gcd": "13p3r3p3r5l1"}, True, True),
        ({}, None, None),
        ({"gcs": "G222", "gcd": "13x3x3x3x5"}, None, None),
    ],
)
def test_parameters_are_read(query: dict[str, str], analytics: bool | None, advertising: bool | None) -> None:
    assert read_consent_mode(query) == Claims(analytics, advertising)


@pytest.mark.parametrize(
    ("claims", "analytics", "advertising", "expected"),
    [
        (Claims(True, True), True, True, ""),
        (Claims(True, False), True, False, ""),
        (Claims(True, True), True, False, "claims_more"),
        (Claims(True, False), False, False, "claims_more"),
        (Claims(None, None), True, True, ""),
        (Claims(None, None), True, False, "no_consent_parameters"),
        (Claims(False, False), False, False, ""),
    ],
)
def test_a_hit_may_claim_no_more_than_the_choice(
    claims: Claims, analytics: bool, advertising: bool, expected: str
) -> None:
    assert disagreement(claims, analytics=analytics, advertising=advertising) == expected


def test_recognizes_a_hit_that_claims_less_consent_than_was_given() -> None:
    assert claims_less(Claims(False, False), analytics=True, advertising=False)
    assert not claims_less(Claims(True, False), analytics=True, advertising=False)
