"""Names for the opaque ids in audit entries, stored outside the log so that they can be erased."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import delete, select, text

from consent.storage.database.base import Transaction
from consent.storage.tables.log import Actor

_REMEMBER = text(
    "INSERT INTO actor (id, kind, name) VALUES (:id, :kind, :name) ON CONFLICT (id) DO UPDATE SET name = excluded.name"
)


class ActorName(NamedTuple):
    """The name behind an id; `kind` is `user` or `token`."""

    id: str
    kind: str
    name: str

    @property
    def shown(self) -> str:
        """Return the name as displayed: tokens are distinguished from users and programs of the same name."""
        return f"token {self.name}" if self.kind == "token" and self.name else self.name


def remember(transaction: Transaction, name: ActorName) -> None:
    """Save an actor's name, replacing an earlier one."""
    transaction.execute(_REMEMBER, name._asdict())


def forget(transaction: Transaction, actor_id: str) -> None:
    """Erase a name for good: entries keep an id that nobody can resolve."""
    transaction.execute(delete(Actor).where(Actor.id == actor_id))


def names_of(transaction: Transaction, ids: Collection[str]) -> dict[str, str]:
    """Return the display names of those of `ids` that are known."""
    query = select(Actor.id, Actor.kind, Actor.name).where(Actor.id.in_(list(ids)))
    return {row.id: ActorName(*row).shown for row in transaction.execute(query)}


def every(transaction: Transaction) -> list[ActorName]:
    """Return all stored names."""
    return [ActorName(*row) for row in transaction.execute(select(Actor.id, Actor.kind, Actor.name))]
