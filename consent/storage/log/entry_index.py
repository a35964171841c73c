"""Search words of a log entry, derived only from its signed text, so that an auditor can recompute them."""

import base64
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

SILENT = ("schema", "id", "site", "time", "by", "action", "subject", "before", "after")
"""Claims that don't describe what an entry of a kind other than `audit` records."""
_OPAQUE = re.compile(r"[0-9a-z]{32}")


class Words(NamedTuple):
    """`actor` is who did it, `target` the opaque id of the affected user or token, or None; `words` are case-folded."""

    actor: str | None
    target: str | None
    words: str


def payload_of(jws: str) -> dict[str, Any]:
    """Return the claims of an entry written by this service, without verifying the signature."""
    payload = jws.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def words_of(kind: str, subject: str, actor: str | None, jws: str) -> Words:
    """Return an entry's words: kind, action, names of actor and target, and each changed value with its path.

    If the text is damaged and can't be parsed, only the column values count. Checks of the audit trail compare stored
    words with this result, so changing it requires a migration that recomputes all words.
    """
    try:
        claims = payload_of(jws)
    except (ValueError, IndexError):
        claims = {}
    if kind == "audit":
        changed = _changed_words(claims.get("before"), claims.get("after"), ())
    else:
        changed = _changed_words(None, {name: claim for name, claim in claims.items() if name not in SILENT}, ())
    done_to = str(claims.get("subject", ""))
    # Opaque ids aren't words: searches would match within their digits.
    names = [name for name in (actor or "", done_to) if not is_opaque(name)]
    parts = dict.fromkeys([kind, subject, *names, *changed])
    return Words(actor, done_to if is_opaque(done_to) else None, " ".join(filter(None, parts)).casefold())


def is_opaque(name: str) -> bool:
    """Return whether `name` is the opaque id of a user or a token."""
    return _OPAQUE.fullmatch(name) is not None


def path_words(path: str) -> str:
    """Return a path such as `load.src` as written in the index."""
    return path.replace("_", " ").replace(".", " ")


def _changed_words(before: Any, after: Any, path: tuple[str, ...]) -> Iterator[str]:
    if isinstance(before, dict) or isinstance(after, dict):
        left, right = (side if isinstance(side, dict) else {} for side in (before, after))
        for name in dict.fromkeys([*left, *right]):
            if left.get(name) != right.get(name):
                yield from _changed_words(left.get(name), right.get(name), (*path, name))
        before, after = (None if isinstance(side, dict) else side for side in (before, after))
    if before is not None or after is not None:
        yield path_words(".".join(path))
        yield from _value_words(before, path)
        yield from _value_words(after, path)


def _value_words(value: Any, path: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _value_words(one, (*path, name))
    elif isinstance(value, list):
        for one in value:
            yield from _value_words(one, path)
    elif isinstance(value, bool):
        is_switch = path[-1:] == ("enabled",)
        yield ("on" if value else "off") if is_switch else ("yes" if value else "no")
    elif value is not None:
        yield str(value)
