"""Place and lift privacy marks (legal hold, restriction, objection) with a reason and an audit entry."""

import re
from typing import NamedTuple

from consent.core.translatable import translatable
from consent.log.audit_author import Author
from consent.log.entry import Owner
from consent.storage.database.base import Transaction
from consent.storage.privacy import marks
from consent.storage.selection.subjects import Subject, ids_of, receipts_of_account

SUBJECT_WORDS = {"receipt": "a receipt", "visitor": "a visitor", "account": translatable("an account")}
"""How the log, which cannot forget, names whose receipts they are."""


class Marking(NamedTuple):
    """A mark of a `kind` (`hold`, `restriction`, `objection`) on `subject`."""

    kind: str
    subject: Subject


class DuplicateMarkError(ValueError):
    """There is such a mark on that receipt, visitor or period."""


class UnknownMarkError(LookupError):
    """There is no such mark to be lifted."""


def put_mark(transaction: Transaction, author: Author, site: Owner, marking: Marking, reason: str, now: int) -> int:
    """Put a mark and return on how many receipts it is now; a period may have none yet.

    Raises UnknownSubjectError where the site has no receipt of that id, DuplicateMarkError.
    """
    kind, subject = marking
    number = _number_of(transaction, site.id, subject)
    if not marks.put(transaction, site.id, kind, subject, reason=reason, by=author.who.id, now=now):
        raise DuplicateMarkError
    author.record(transaction, site, f"{kind}.placed", _audit_subject(subject), None, None, now)
    return number


def _number_of(transaction: Transaction, site_id: int, subject: Subject) -> int:
    """Return on how many receipts a mark is; a period and an account may have none yet. Raises UnknownSubjectError."""
    if subject.kind == "period":
        return marks.number_in(transaction, site_id, subject)
    if subject.kind == "account":
        return len(receipts_of_account(transaction, site_id, subject.id))
    return len(ids_of(transaction, site_id, subject))


def lift_mark(transaction: Transaction, author: Author, site: Owner, marking: Marking, now: int) -> None:
    """Lift a mark. Raises UnknownMarkError where there is none."""
    kind, subject = marking
    if not marks.lift(transaction, site.id, kind, subject):
        raise UnknownMarkError
    author.record(transaction, site, f"{kind}.lifted", _audit_subject(subject), None, None, now)


def _audit_subject(subject: Subject) -> str:
    # Two dates name nobody.
    return SUBJECT_WORDS.get(subject.kind) or subject.id.replace("/", " to ")


MAX_REASON_LENGTH = 500
NAMELESS = translatable("Do not name anyone: no email address, phone number, IP address or ID.")
_NAMES = re.compile(
    r"\S@\S"
    r"|(?<![0-9a-z])[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}(?![0-9a-z])"
    r"|\+[0-9][0-9 ()/.-]{6,}[0-9]"
    r"|(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9.])",
    re.IGNORECASE,
)
"""A mail address, an id as receipts and their UUIDs have it, a phone number with its country, an IP address."""


def reason_error(text: str) -> str:
    """Return the error of a reason, or an empty string: it is stored long-term, and must name nobody."""
    if not text.strip():
        return translatable("Say why, in a few words.")
    if len(text) > MAX_REASON_LENGTH:
        return translatable(f"Enter at most {MAX_REASON_LENGTH} characters.")
    return NAMELESS if names_somebody(text) else ""


def names_somebody(text: str) -> bool:
    """Return whether a text contains an identifier of a natural person; a plain name cannot be recognized."""
    return _NAMES.search(text) is not None
