"""Holds, restrictions and objections: put on receipts with a reason, lifted, and told in the log."""

import re
from typing import NamedTuple

from consent.proof.audit import Author
from consent.proof.entry import Owner
from consent.storage import marks
from consent.storage.base import Transaction
from consent.storage.subjects import Subject, ids_of

TOLD = {"receipt": "a receipt", "visitor": "a visitor"}
"""How the log, which cannot forget, names whose receipts they are."""


class Marking(NamedTuple):
    """A mark of a `kind` (`hold`, `restriction`, `objection`) on `subject`."""

    kind: str
    subject: Subject


class AlreadyMarked(ValueError):
    """There is such a mark on that receipt, visitor or period."""


class NotMarked(LookupError):
    """There is no such mark to be lifted."""


def put_mark(transaction: Transaction, author: Author, site: Owner, marking: Marking, reason: str, now: int) -> int:
    """Put a mark and return on how many receipts it is now; a period may have none yet.

    Raises UnknownSubject where the site has no receipt of that id, AlreadyMarked.
    """
    kind, subject = marking
    is_period = subject.kind == "period"
    number = marks.number_in(transaction, site.id, subject) if is_period else len(ids_of(transaction, site.id, subject))
    if not marks.put(transaction, site.id, kind, subject, reason=reason, by=author.who.id, now=now):
        raise AlreadyMarked
    author.tell(transaction, site, f"{kind}.put", _told(subject), None, None, now)
    return number


def lift_mark(transaction: Transaction, author: Author, site: Owner, marking: Marking, now: int) -> None:
    """Take a mark away. Raises NotMarked where there is none."""
    kind, subject = marking
    if not marks.lift(transaction, site.id, kind, subject):
        raise NotMarked
    author.tell(transaction, site, f"{kind}.lifted", _told(subject), None, None, now)


def _told(subject: Subject) -> str:
    # Two dates name nobody.
    return TOLD.get(subject.kind) or subject.id.replace("/", " to ")


MOST_LETTERS = 500
NAMELESS = "Name nobody here: no mail address, phone number, IP address or id."
_NAMES = re.compile(
    r"\S@\S"
    r"|(?<![0-9a-z])[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}(?![0-9a-z])"
    r"|\+[0-9][0-9 ()/.-]{6,}[0-9]"
    r"|(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9.])",
    re.IGNORECASE,
)
"""A mail address, an id as receipts and their UUIDs have it, a phone number with its country, an IP address."""


def reason_fault(text: str) -> str:
    """Return what is wrong with a reason, or an empty string: it is kept for long, and must name nobody."""
    if not text.strip():
        return "Say why, in a few words."
    if len(text) > MOST_LETTERS:
        return f"At most {MOST_LETTERS} letters."
    return NAMELESS if names_somebody(text) else ""


def names_somebody(text: str) -> bool:
    """Tell whether a text has something in it by which somebody is found; a plain name cannot be told from other words."""
    return _NAMES.search(text) is not None
