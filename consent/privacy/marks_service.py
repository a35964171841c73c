"""Place and lift privacy marks (legal hold, restriction, objection) with a reason and an audit entry."""

import re
from typing import NamedTuple

from consent.core.translatable import translatable
from consent.log.audit_author import Author
from consent.log.entry import Owner
from consent.storage.database.base import Transaction
from consent.storage.privacy import marks
from consent.storage.selection.subjects import Subject, ids_of, receipts_of_account
from consent.storage.sites import sites

SUBJECT_WORDS = {
    "receipt": translatable("a receipt"),
    "visitor": translatable("a visitor"),
    "account": translatable("an account"),
}
"""How the log, from which nothing can be removed, describes the subject of a mark."""


class Marking(NamedTuple):
    """A mark of a `kind` (`hold`, `restriction`, `objection`) on `subject`."""

    kind: str
    subject: Subject


class DuplicateMarkError(ValueError):
    """The receipt, visitor, account or period already has that mark."""


class UnknownMarkError(LookupError):
    """There is no such mark to lift."""


def put_mark(transaction: Transaction, author: Author, site: Owner, marking: Marking, reason: str, now: int) -> int:
    """Place a mark and return how many receipts it covers now; a period or account may not have any yet.

    Waits for an erasure in progress on the site.

    Raises UnknownSubjectError if the site has no such receipt or visitor, or DuplicateMarkError.
    """
    kind, subject = marking
    sites.lock_site(transaction, site.id)
    number = _receipt_count(transaction, site.id, subject)
    if not marks.put(transaction, site.id, kind, subject, reason=reason, by=author.who.id, now=now):
        raise DuplicateMarkError
    author.record(transaction, site, f"{kind}.placed", _audit_subject(subject), None, None, now)
    return number


def _receipt_count(transaction: Transaction, site_id: int, subject: Subject) -> int:
    """Return how many receipts a mark covers; 0 is valid for a period or account. Raises UnknownSubjectError."""
    if subject.kind == "period":
        return marks.number_in(transaction, site_id, subject)
    if subject.kind == "account":
        return len(receipts_of_account(transaction, site_id, subject.id))
    return len(ids_of(transaction, site_id, subject))


def lift_mark(transaction: Transaction, author: Author, site: Owner, marking: Marking, now: int) -> None:
    """Lift a mark. Raises UnknownMarkError if there is none."""
    kind, subject = marking
    if not marks.lift(transaction, site.id, kind, subject):
        raise UnknownMarkError
    author.record(transaction, site, f"{kind}.lifted", _audit_subject(subject), None, None, now)


def _audit_subject(subject: Subject) -> str:
    # The two dates of a period identify nobody, so the log may show them.
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
"""An email address, an id (receipt or UUID), a phone number with country code, or an IP address."""


def reason_error(text: str) -> str:
    """Return what is wrong with a reason, or an empty string. Reasons are kept long-term and must not name anyone."""
    if not text.strip():
        return translatable("Say why, in a few words.")
    if len(text) > MAX_REASON_LENGTH:
        return translatable(f"Enter at most {MAX_REASON_LENGTH} characters.")
    return NAMELESS if has_personal_identifier(text) else ""


def has_personal_identifier(text: str) -> bool:
    """Return whether a text contains a personal identifier; plain names can't be recognized."""
    return _NAMES.search(text) is not None
