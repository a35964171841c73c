"""Publish checks of a theme: readable contrast, and Reject as prominent as Accept."""

from collections.abc import Iterator

from consent.core.documents.theme import Theme
from consent.core.rules import Rules
from consent.core.translatable import translatable
from consent.presentation.theme import DARK, FILLED, LIGHT, LINK, OUTLINED, contrast, schemes, tokens
from consent.sites.draft_validation import DraftProblem

TEXT_CONTRAST = 4.5
CONTRAST_RULE = "WCAG 2.2, success criterion 1.4.3"
BROWSERS_OWN = {
    LIGHT: {"Canvas": "#ffffff", "CanvasText": "#000000"},
    DARK: {"Canvas": "#121212", "CanvasText": "#ffffff"},
}
"""The colors that browsers use for system colors."""
HEAVIEST_FIRST = (FILLED, OUTLINED, LINK)
NAMED_FOR_PARITY = ("EU", "GB", "US-CA")
"""The rows whose laws are named if Reject isn't equal to Accept."""


def theme_errors(theme: Theme, rules: Rules) -> Iterator[DraftProblem]:
    """Yield the problems of `theme`, each with the rule that it breaks."""
    for scheme in schemes(theme):
        yield from _contrast_problems(theme, scheme)
    weights = theme.get("buttons", {})
    accept, reject = weights.get("accept", FILLED), weights.get("reject", FILLED)
    if accept != reject:
        yield DraftProblem("look.buttons", _parity_sentence(accept, reject), parity_laws(rules))


def _parity_sentence(accept: str, reject: str) -> str:
    """Return the unfair difference; a notice's *Opt out* and *Close* look like *Accept* and *Reject*."""
    if HEAVIEST_FIRST.index(reject) > HEAVIEST_FIRST.index(accept):
        return translatable(
            f"Reject is {'smaller' if reject == LINK else 'paler'} than Accept: {reject} beside {accept}."
        )
    how = "smaller" if accept == LINK else "paler"
    return translatable(
        f"Where visitors only get a notice, Opt out is {how} than Close: it has the look of Accept, "
        f"{accept} beside {reject}."
    )


def _contrast_problems(theme: Theme, scheme: str) -> Iterator[DraftProblem]:
    """Yield a problem if text is unreadable; labels of filled buttons are black or white, whichever is clearer."""
    colors = {name: BROWSERS_OWN[scheme].get(value, value) for name, value in tokens(theme, scheme).items()}
    ratio = contrast(colors["text"], colors["surface"])
    if ratio < TEXT_CONTRAST:
        sentence = translatable(
            f"The text has a contrast of {ratio:.1f} in the {scheme} scheme; it needs {TEXT_CONTRAST}."
        )
        yield DraftProblem("look.text" if scheme == LIGHT else "look.dark.text", sentence, CONTRAST_RULE)


def parity_laws(rules: Rules) -> str:
    """Return laws that require refusing to be as easy as accepting, and in how many places one does."""
    rows = {code: row for code, row in rules.rows.items() if row["reject_parity"] == "yes" and row["law"]}
    named = "; ".join(rows[code]["law"] for code in NAMED_FOR_PARITY if code in rows)
    return translatable(f"{named}; laws of {len(rows)} places in total")
