"""Write audit entries: the author's opaque id, action, values before and after, time."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from consent.core.translatable import translatable
from consent.log.entry import Owner, write_entry
from consent.signing.keys import SigningKey
from consent.storage.database.base import Transaction
from consent.storage.log import actors
from consent.storage.log.actors import ActorName


class AuditActor(NamedTuple):
    """The author of a change: `id` is opaque and is in the log, `name` is stored separately, empty for none."""

    id: str
    kind: str = "user"
    name: str = ""


COMMAND_LINE = AuditActor(translatable("command line"), "program")


@dataclass(frozen=True, slots=True)
class Author:
    """An actor together with the key that signs the entries on their changes."""

    who: AuditActor
    key: SigningKey

    def record(
        self,
        transaction: Transaction,
        owner: Owner,
        action: str,
        subject: str,
        before: Any,
        after: Any,
        now: int,
    ) -> None:
        """Write the audit entry for a change, in the transaction that makes it.

        `action` is a key of `AUDIT_WORDS`, `subject` what it applies to; users and tokens are given by their opaque id.
        `before` and `after` are JSON-able, None if there was or is nothing, and contain no names or mail addresses of
        users, since the log keeps them forever.
        """
        claims = {"by": self.who.id, "action": action, "subject": subject, "before": before, "after": after}
        write_entry(transaction, self.key, owner, "audit", action, claims, now, actor=self.who.id)
        if self.who.name:
            actors.remember(transaction, ActorName(*self.who))
