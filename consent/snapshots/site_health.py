"""What a check of a site is about, and the shape of what it finds."""

from typing import NamedTuple

from consent.snapshots.found_tags import FoundTag

FAULT, NOTE, GOOD = "fault", "note", "good"
LEVELS = (FAULT, NOTE, GOOD)


class Finding(NamedTuple):
    """One thing that was looked at: a sentence, and the lines that mend it, to copy."""

    check: str
    level: str
    sentence: str
    lines: str = ""

    @property
    def rank(self) -> int:
        """Return where it stands: faults first."""
        return LEVELS.index(self.level)


class Health(NamedTuple):
    """The page that was looked at, after redirects, and what was found: faults first, then notes, then what is well.

    `tags` are the products of others that the page loads.
    """

    url: str
    findings: list[Finding]
    tags: list[FoundTag]


class Subject(NamedTuple):
    """The site: its key, origins, the domain that a choice counts for or `host`, its vendors' ids, its lines by name.

    `was_seen`: pages have asked for the script lately. `unknown_hosts` is what the owner has set for third parties that
    nobody knows: hold, run or ask; `allowed_hosts` run in any case: `host`, `*.host` or `host/path/`. `foreign_marks`:
    the marks of other tools are taken for ours. `is_published`: there is something for the script to answer.
    """

    key: str
    hosts: list[str]
    scope: str
    vendors: frozenset[str]
    lines: dict[str, str]
    blocker: str
    blocker_hash: str
    was_seen: bool
    unknown_hosts: str
    allowed_hosts: tuple[str, ...]
    foreign_marks: bool
    is_published: bool

    @property
    def script(self) -> str:
        """Return the address of the script at the service's own host."""
        return self.lines["script"]


class Placed(NamedTuple):
    """How the banner stands in a page: the script's address or an empty string, its nonce, and whether the blocker is in."""

    address: str
    nonce: str
    has_blocker: bool
    blocker_nonce: str
