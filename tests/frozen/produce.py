"""Makes all fixtures of this folder from fixed keys, times and ids, through the product's own functions.

`python -m tests.frozen.produce` names the fixtures that differ; `--write` rewrites them. What is signed, hashed, or
kept in a visitor's browser or an operator's files never changes: it can only be added to, such as with another file. If
one of these fixtures differs, the change is wrong, and receipts already handed out would fail in the same way.

Only the following may be rewritten, by a change that intends to: sentences and pages (`evidence/index.html`,
`evidence/banners/` and, since it has their hashes, `evidence/manifest.jws`), what the draft in `given/` becomes
(`config.json`, `config-name.txt`), and what this release sends to its own script (`service/script*`,
`service/decision.json`). `given/` never changes: receipts name the config in it.
"""

import sys

from tests.frozen import leaving, service, signed, world
from tests.frozen.fixed import FIXTURES


def parts() -> dict[str, bytes]:
    """Return everything that needs no service, by fixture path."""
    found = signed.receipt() | signed.log() | signed.texts() | signed.config()
    with world.opened() as opened:
        found |= leaving.leaves(opened) | leaving.exports(opened) | leaving.statistics(opened)
        found |= leaving.access_copy(opened) | leaving.evidence(opened) | leaving.api_token(opened)
    return found


def whole() -> dict[str, bytes]:
    """Return the whole service's responses, by fixture path."""
    with service.opened() as visitor:
        return service.answers(visitor)


def kept() -> dict[str, bytes]:
    """Return the existing fixtures by path."""
    return {str(path.relative_to(FIXTURES)): path.read_bytes() for path in FIXTURES.rglob("*") if path.is_file()}


def main(write: bool) -> int:
    """Print the name of each fixture that differs from what is made now, and rewrite it if `write` is set."""
    made, before = parts() | whole(), kept()
    changed = sorted(name for name in made.keys() | before.keys() if made.get(name) != before.get(name))
    print("\n".join(changed) or "Every fixture is made again as it is.")  # noqa: T201 - a person reads it
    for name in changed if write else ():
        path = FIXTURES / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made[name]) if name in made else path.unlink()
    return 0 if write or not changed else 1


if __name__ == "__main__":
    sys.exit(main("--write" in sys.argv[1:]))
