"""The register of requests as people and programs keep it: checked, due by the law of the place, told in the log."""

import datetime
import re
from collections.abc import Mapping
from typing import Any

from consent.core.days import day_of
from consent.core.rights import KINDS, Rights
from consent.proof.audit import Author
from consent.proof.entry import Owner
from consent.proof.rights import names_somebody, reason_fault
from consent.storage import requests as store
from consent.storage.base import Transaction
from consent.storage.requests import Request

DAY_S = 86400
OLDEST_DAYS = 3660
"""How long ago a request may have been received: ten years."""
LATEST_DAYS = 400
"""How long after its receipt it may be due, where no law says so."""


class RequestFault(ValueError):
    """What cannot be done with a request; `fields` maps each field to a sentence."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(" ".join(fields.values()))
        self.fields = fields


class Register:
    """The requests of a site, changed by `author` at `now`, unix seconds."""

    def __init__(self, transaction: Transaction, author: Author, site: Owner, rights: Rights, now: int) -> None:
        self._transaction, self._author, self._site, self._rights, self._now = transaction, author, site, rights, now

    def add(self, asked: Mapping[str, str]) -> Request:
        """Add a request: `kind`, `place`, `received`, and `due` where no law on file sets a day; `reference` may be empty.

        Raises RequestFault.
        """
        facts = self._read(asked) | {"added_at": self._now, "added_by": self._author.who.id[:32]}
        return self._told("request.added", store.add(self._transaction, self._site.id, facts), None)

    def extend(self, found: Request, reason: str) -> Request:
        """Extend a request as far as its law lets it. Raises RequestFault."""
        period = self._rights.period(found.place, found.kind)
        extended = period.extended(found.received) if period else None
        if found.outcome or found.extended is not None or extended is None:
            raise RequestFault({"request": "This request cannot be extended."})
        if fault := reason_fault(reason):
            raise RequestFault({"reason": fault})
        return self._change(found, "request.extended", {"extended": extended, "extension_reason": reason.strip()})

    def close(self, found: Request, outcome: str, reason: str) -> Request:
        """Close a request; only what was done as asked needs no reason. Raises RequestFault."""
        if found.outcome or outcome not in store.OUTCOMES:
            raise RequestFault({"outcome": "This request cannot be closed like this."})
        if (reason or outcome != "done") and (fault := reason_fault(reason)):
            raise RequestFault({"reason": fault})
        facts = {"outcome": outcome, "reason": reason.strip(), "closed": self._today}
        return self._change(found, "request.closed", facts)

    def open_again(self, found: Request) -> Request:
        """Take an outcome back."""
        if not found.outcome:
            return found
        return self._change(found, "request.opened", {"outcome": "", "reason": "", "closed": None})

    @property
    def _today(self) -> int:
        return self._now // DAY_S

    def _read(self, asked: Mapping[str, str]) -> dict[str, Any]:
        kind, place, reference = (asked.get(name, "").strip() for name in ("kind", "place", "reference"))
        received, faults = date_in(asked.get("received", "")), {}
        if kind not in KINDS:
            faults["kind"] = "Choose what is asked for."
        if place not in self._rights.places:
            faults["place"] = "Choose a place from the list."
        if received is None or not self._today - OLDEST_DAYS <= received <= self._today:
            faults["received"] = "This must be a date such as 2026-11-24, of the last ten years and not after today."
        if reference and not _is_reference(reference):
            faults["reference"] = "A number such as DSR-2026-17 or Case 7/2026, and nobody's name, mail address or id."
        if faults or received is None:
            raise RequestFault(faults)
        period = self._rights.period(place, kind)
        due = period.due(received) if period else date_in(asked.get("due", ""))
        if due is None or not 0 <= due - received <= LATEST_DAYS:
            raise RequestFault(
                {"due": "No law on file sets a day for this in that place: choose one, within 400 days."}
            )
        law = f"{period.law} {period.article}" if period else "no period on file"
        return {"kind": kind, "place": place, "law": law, "received": received, "due": due, "reference": reference}

    def _change(self, found: Request, action: str, facts: dict[str, Any]) -> Request:
        store.change(self._transaction, self._site.id, found.id, facts)
        return self._told(action, found.id, found.told)

    def _told(self, action: str, number: int, before: dict[str, Any] | None) -> Request:
        found = store.by_id(self._transaction, self._site.id, number)
        assert found is not None  # noqa: S101 - it was written in this transaction
        self._author.tell(self._transaction, self._site, action, f"request {number}", before, found.told, self._now)
        return found


def _is_reference(text: str) -> bool:
    """Tell whether a text is a number of a letter or case: it has a digit, and neither `Eva Muster` nor an id in it."""
    is_number = re.fullmatch(r"(?=.*[0-9])[A-Za-z0-9 ./#_-]{1,60}", text) is not None
    return is_number and not re.search(r"\b[A-Z][a-z]+ +[A-Z][a-z]+\b", text) and not names_somebody(text)


def date_in(text: str) -> int | None:
    """Return the day that `text` names, or None where it names none."""
    try:
        return day_of(datetime.date.fromisoformat(text)) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        return None
