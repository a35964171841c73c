"""The names of those whom audit entries call by an opaque id: kept beside the log, so that they can be erased."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import delete, select, text

from consent.storage.base import Transaction
from consent.storage.models import Actor

_REMEMBER = text(
    "INSERT INTO actor (id, kind, name) VALUES (:id, :kind, :name) ON CONFLICT (id) DO UPDATE SET name = excluded.name"
)


class Name(NamedTuple):
    """Who an id stands for; `kind` is `person` or `token`."""

    id: str
    kind: str
    name: str

    @property
    def shown(self) -> str:
        """Return the name as people read it: a token is told from a person or a program of the same name."""
        return f"token {self.name}" if self.kind == "token" and self.name else self.name


def remember(transaction: Transaction, name: Name) -> None:
    """Keep under which name somebody acted or was acted upon; the newest one counts."""
    transaction.execute(_REMEMBER, name._asdict())


def forget(transaction: Transaction, actor_id: str) -> None:
    """Erase the name for good: entries keep an id that nobody can follow any more."""
    transaction.execute(delete(Actor).where(Actor.id == actor_id))


def names_of(transaction: Transaction, ids: Collection[str]) -> dict[str, str]:
    """Return the names of those of `ids` that are known, as people read them."""
    query = select(Actor.id, Actor.kind, Actor.name).where(Actor.id.in_(list(ids)))
    return {row.id: Name(*row).shown for row in transaction.execute(query)}


def every(transaction: Transaction) -> list[Name]:
    """Return all names that are kept."""
    return [Name(*row) for row in transaction.execute(select(Actor.id, Actor.kind, Actor.name))]
