"""Makes all fixtures of this folder from fixed keys, times and ids, through the product's own functions.

`python -m tests.frozen.produce` names what differs from the fixtures, `--write` writes them anew. What is signed, hashed,
kept in a visitor's browser or in an operator's files never changes: it only gains, such as a file beside the others. A
fixture that differs is a fault of the change, and receipts that were given out would fail like it.

Only these may be written anew, by a change that means to: sentences and pages (`evidence/index.html`, `evidence/banners/`
and, since it has their hashes, `evidence/manifest.jws`), what the draft of `given/` becomes (`config.json`,
`config-name.txt`), and what this release tells its own script (`service/script*`, `service/decision.json`). `given/` never
changes: receipts name the config in it.
"""

import sys

from tests.frozen import leaving, service, signed, world
from tests.frozen.fixed import FIXTURES


def parts() -> dict[str, bytes]:
    """Return all that needs no service, by the path of its fixture."""
    found = signed.receipt() | signed.log() | signed.texts() | signed.config()
    with world.opened() as opened:
        found |= leaving.leaves(opened) | leaving.exports(opened) | leaving.statistics(opened)
        found |= leaving.access_copy(opened) | leaving.evidence(opened) | leaving.api_token(opened)
    return found


def whole() -> dict[str, bytes]:
    """Return what the whole service answers, by the path of its fixture."""
    with service.opened() as visitor:
        return service.answers(visitor)


def kept() -> dict[str, bytes]:
    """Return the fixtures by their path."""
    return {str(path.relative_to(FIXTURES)): path.read_bytes() for path in FIXTURES.rglob("*") if path.is_file()}


def main(write: bool) -> int:
    """Name each fixture that differs from what is made now; write them where `write` is set."""
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
