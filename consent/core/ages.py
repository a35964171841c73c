"""What an age changes of a choice: a rule that asks minors themselves makes opt-in of what adults may opt out of."""

from typing import Any

OWN_OPT_IN = 1
"""The rank of `own_opt_in` among the effects of a rule for minors."""


def band_of(resolved: dict[str, Any], age_band: str) -> str:
    """Return the age band that counts: of nobody who says it, a child's where the site addresses children."""
    return "under13" if age_band == "unknown" and resolved["child"] else age_band


def letters_of(resolved: dict[str, Any], age_band: str) -> str:
    """Return the letters of a choice that somebody of this band makes under `resolved` (see `consent.core.choice`)."""
    letters: str = resolved["letters_by_age"].get(band_of(resolved, age_band), resolved["letters"])
    return letters
