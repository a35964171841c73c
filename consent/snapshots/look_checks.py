"""What a look must keep to be published: words that can be read, and a Reject that is the equal of Accept."""

from collections.abc import Iterator
from typing import Any

from consent.core.rules import Rules
from consent.snapshots.fault import Fault
from consent.snapshots.look import DARK, FILLED, LIGHT, LINK, OUTLINED, contrast, schemes, tokens

TEXT_CONTRAST = 4.5
CONTRAST_RULE = "WCAG 2.2, success criterion 1.4.3"
BROWSERS_OWN = {
    LIGHT: {"Canvas": "#ffffff", "CanvasText": "#000000"},
    DARK: {"Canvas": "#121212", "CanvasText": "#ffffff"},
}
"""What browsers paint for the system's colours."""
HEAVIEST_FIRST = (FILLED, OUTLINED, LINK)
NAMED_FOR_PARITY = ("EU", "GB", "US-CA")
"""The rows whose laws are named where Reject is not the equal of Accept."""


def look_faults(look: dict[str, Any], rules: Rules) -> Iterator[Fault]:
    """Yield what is wrong with `look`, each with the rule that it breaks."""
    for scheme in schemes(look):
        yield from _unread(look, scheme)
    weights = look.get("buttons", {})
    accept, reject = weights.get("accept", FILLED), weights.get("reject", FILLED)
    if accept != reject:
        yield Fault("look.buttons", _unequal(accept, reject), parity_laws(rules))


def _unequal(accept: str, reject: str) -> str:
    """Return what is unfair about it; a notice's *Opt out* and *Close* have the looks of *Accept* and *Reject*."""
    if HEAVIEST_FIRST.index(reject) > HEAVIEST_FIRST.index(accept):
        return f"Reject is {'smaller' if reject == LINK else 'paler'} than Accept: {reject} beside {accept}."
    how = "smaller" if accept == LINK else "paler"
    return f"Where visitors are only told, Opt out is {how} than Close: it has the look of Accept, {accept} beside {reject}."


def _unread(look: dict[str, Any], scheme: str) -> Iterator[Fault]:
    """Yield a fault where words cannot be read; those on filled buttons are black or white, whichever is read better."""
    colours = {name: BROWSERS_OWN[scheme].get(value, value) for name, value in tokens(look, scheme).items()}
    ratio = contrast(colours["text"], colours["surface"])
    if ratio < TEXT_CONTRAST:
        sentence = f"The text has a contrast of {ratio:.1f} in the {scheme} scheme; it needs {TEXT_CONTRAST}."
        yield Fault("look.text" if scheme == LIGHT else "look.dark.text", sentence, CONTRAST_RULE)


def parity_laws(rules: Rules) -> str:
    """Return laws that want refusing to be as easy as accepting, and in how many places some law does."""
    rows = {code: row for code, row in rules.rows.items() if row["reject_parity"] == "yes" and row["law"]}
    named = "; ".join(rows[code]["law"] for code in NAMED_FOR_PARITY if code in rows)
    return f"{named}; the law of {len(rows)} places in all"
