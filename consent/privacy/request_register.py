"""Register of data subject requests: validation, statutory deadlines by place, audit entries."""

import datetime
import re
from collections.abc import Mapping
from typing import Any

from consent.core.days import DAY_SECONDS, day_of
from consent.core.privacy_rights import DEFAULT_DUE_DAYS, KINDS, Rights
from consent.core.translatable import translatable
from consent.log.audit_author import Author
from consent.log.entry import Owner
from consent.privacy.marks_service import has_personal_identifier, reason_error
from consent.storage.database.base import Transaction
from consent.storage.privacy import privacy_requests as store
from consent.storage.privacy.privacy_requests import Request

OLDEST_DAYS = 3660
"""How long ago a request may have been received: about ten years."""
LATEST_DAYS = 400
"""The latest due date, in days after receipt, where no law sets one."""


class RequestValidationError(ValueError):
    """The operation on a request isn't possible; `fields` maps each field to a sentence."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(" ".join(fields.values()))
        self.fields = fields


class Register:
    """The requests of a site; changes are made by `author` at `now` (unix seconds)."""

    def __init__(self, transaction: Transaction, author: Author, site: Owner, rights: Rights, now: int) -> None:
        self._transaction, self._author, self._site, self._rights, self._now = transaction, author, site, rights, now

    def add(self, typed: Mapping[str, str]) -> Request:
        """Add a request: `kind`, `place`, `received`, `due` if no law on file sets it, and optionally `reference`.

        Raises RequestValidationError.
        """
        facts = self._validate(typed) | {"added_at": self._now, "added_by": self._author.who.id[:32]}
        return self._record("privacy_request.created", store.add(self._transaction, self._site.id, facts), None)

    def receive(self, kind: str, place: str) -> Request:
        """Add a request that a visitor made today; it is due in 30 days unless a law on file sets a date."""
        period = self._rights.period(place, kind, self._today)
        due = period.due(self._today) if period else self._today + DEFAULT_DUE_DAYS
        facts = {
            "kind": kind,
            "place": place,
            "law": self._rights.law_of(place, kind, self._today),
            "received": self._today,
            "due": due,
        }
        facts |= {"added_at": self._now, "added_by": self._author.who.id[:32]}
        return self._record("privacy_request.created", store.add(self._transaction, self._site.id, facts), None)

    def extend(self, request: Request, reason: str) -> Request:
        """Extend a request as far as the law allows. Raises RequestValidationError."""
        period = self._rights.period(request.place, request.kind, request.received)
        extended = period.extended(request.received) if period else None
        if request.outcome or request.extended is not None or extended is None:
            raise RequestValidationError({"request": translatable("This request cannot be extended.")})
        if error := reason_error(reason):
            raise RequestValidationError({"reason": error})
        return self._change(
            request, "privacy_request.extended", {"extended": extended, "extension_reason": reason.strip()}
        )

    def close(self, request: Request, outcome: str, reason: str) -> Request:
        """Close a request; a reason is required unless it was fulfilled. Raises RequestValidationError."""
        if request.outcome or outcome not in store.OUTCOMES:
            raise RequestValidationError({"outcome": translatable("This request cannot be closed like this.")})
        if (reason or outcome != "done") and (error := reason_error(reason)):
            raise RequestValidationError({"reason": error})
        facts = {"outcome": outcome, "reason": reason.strip(), "closed": self._today}
        return self._change(request, "privacy_request.closed", facts)

    def reopen(self, request: Request) -> Request:
        """Reopen a closed request and clear its outcome."""
        if not request.outcome:
            return request
        return self._change(request, "privacy_request.reopened", {"outcome": "", "reason": "", "closed": None})

    @property
    def _today(self) -> int:
        return self._now // DAY_SECONDS

    def _validate(self, typed: Mapping[str, str]) -> dict[str, Any]:
        kind, place, reference = (typed.get(name, "").strip() for name in ("kind", "place", "reference"))
        received, errors = date_in(typed.get("received", "")), {}
        if kind not in KINDS:
            errors["kind"] = translatable("Choose the kind of request.")
        if place not in self._rights.places:
            errors["place"] = translatable("Choose a place from the list.")
        if received is None or not self._today - OLDEST_DAYS <= received <= self._today:
            errors["received"] = translatable(
                "Enter a date such as 2026-11-24, at most ten years ago and not in the future."
            )
        if reference and not _is_reference(reference):
            errors["reference"] = translatable(
                "Enter a number such as DSR-2026-17 or Case 7/2026, without a name, email address or ID of a person."
            )
        if errors or received is None:
            raise RequestValidationError(errors)
        period = self._rights.period(place, kind, received)
        due = period.due(received) if period else date_in(typed.get("due", ""))
        if due is None or not 0 <= due - received <= LATEST_DAYS:
            raise RequestValidationError(
                {
                    "due": translatable(
                        "No law on file sets a due date for this in that place. Choose a day within 400 days."
                    )
                }
            )
        return {
            "kind": kind,
            "place": place,
            "law": self._rights.law_of(place, kind, received),
            "received": received,
            "due": due,
            "reference": reference,
        }

    def _change(self, request: Request, action: str, facts: dict[str, Any]) -> Request:
        store.change(self._transaction, self._site.id, request.id, facts)
        return self._record(action, request.id, request.audit_facts)

    def _record(self, action: str, number: int, before: dict[str, Any] | None) -> Request:
        row = store.by_id(self._transaction, self._site.id, number)
        assert row is not None  # noqa: S101 - it was written in this transaction
        self._author.record(
            self._transaction, self._site, action, f"request {number}", before, row.audit_facts, self._now
        )
        return row


def _is_reference(text: str) -> bool:
    """Return whether a text looks like a letter or case number: it has a digit, no `Eva Muster` and no personal id."""
    is_number = re.fullmatch(r"(?=.*[0-9])[A-Za-z0-9 ./#_-]{1,60}", text) is not None
    return is_number and not re.search(r"\b[A-Z][a-z]+ +[A-Z][a-z]+\b", text) and not has_personal_identifier(text)


def date_in(text: str) -> int | None:
    """Return the day given as `YYYY-MM-DD`, in days since 1970-01-01, or None if `text` isn't a valid date."""
    try:
        return day_of(datetime.date.fromisoformat(text)) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        return None
