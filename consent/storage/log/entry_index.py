"""Index words of a log entry, derived from its signed text alone, so that an auditor can recompute them."""

import base64
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

SILENT = ("schema", "id", "site", "time", "by", "action", "subject", "before", "after")
"""Claims that say nothing of what an entry of another kind than `audit` records."""
_OPAQUE = re.compile(r"[0-9a-z]{32}")


class Words(NamedTuple):
    """`actor` is who did it, `target` the opaque id of whom it was done to, None for nobody; `words` are folded."""

    actor: str | None
    target: str | None
    words: str


def payload_of(jws: str) -> dict[str, Any]:
    """Return the claims of an entry that was written here, without verifying the signature."""
    payload = jws.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def words_of(kind: str, subject: str, actor: str | None, jws: str) -> Words:
    """Return the words of an entry: its kind, what was done by whom to what, and each value that differs with its path.

    Of a text that cannot be read, since somebody damaged it, only the columns beside it. The check of a trail holds what is
    kept against this, so a change of it needs a migration that takes all words anew.
    """
    try:
        claims = payload_of(jws)
    except (ValueError, IndexError):
        claims = {}
    if kind == "audit":
        changed = _differing(claims.get("before"), claims.get("after"), ())
    else:
        changed = _differing(None, {name: claim for name, claim in claims.items() if name not in SILENT}, ())
    done_to = str(claims.get("subject", ""))
    # Opaque ids are no words: what somebody searches for would be found in their digits.
    names = [name for name in (actor or "", done_to) if not is_opaque(name)]
    parts = dict.fromkeys([kind, subject, *names, *changed])
    return Words(actor, done_to if is_opaque(done_to) else None, " ".join(filter(None, parts)).casefold())


def is_opaque(name: str) -> bool:
    """Return whether `name` is the opaque id of a user or a token."""
    return _OPAQUE.fullmatch(name) is not None


def path_words(path: str) -> str:
    """Return a path such as `load.src` in the form of the index."""
    return path.replace("_", " ").replace(".", " ")


def _differing(before: Any, after: Any, path: tuple[str, ...]) -> Iterator[str]:
    if isinstance(before, dict) or isinstance(after, dict):
        left, right = (side if isinstance(side, dict) else {} for side in (before, after))
        for name in dict.fromkeys([*left, *right]):
            if left.get(name) != right.get(name):
                yield from _differing(left.get(name), right.get(name), (*path, name))
        before, after = (None if isinstance(side, dict) else side for side in (before, after))
    if before is not None or after is not None:
        yield path_words(".".join(path))
        yield from _leaves(before, path)
        yield from _leaves(after, path)


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _leaves(one, (*path, name))
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one, path)
    elif isinstance(value, bool):
        is_switch = path[-1:] == ("enabled",)
        yield ("on" if value else "off") if is_switch else ("yes" if value else "no")
    elif value is not None:
        yield str(value)
