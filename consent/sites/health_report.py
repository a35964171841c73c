"""Data model of a site health check: subject and findings."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from consent.core.groups import ESSENTIAL
from consent.sites.found_tags import FoundTag

ERROR, NOTE, GOOD = "fault", "note", "good"
LEVELS = (ERROR, NOTE, GOOD)


class Finding(NamedTuple):
    """One thing that was looked at: a sentence, and the lines that mend it, to copy."""

    check: str
    level: str
    sentence: str
    lines: str = ""

    @property
    def rank(self) -> int:
        """Return the sort order: errors first."""
        return LEVELS.index(self.level)


class BrandColor(NamedTuple):
    """A color of a page as `#rrggbb`, and where it is: `theme-color`, `manifest` or `buttons`."""

    value: str
    source: str


class Health(NamedTuple):
    """The page that was looked at, after redirects, and what was found: faults first, then notes, then what is well.

    `tags` are the products of others that the page loads, `colors` those that it names or uses as its own.
    """

    url: str
    findings: list[Finding]
    tags: list[FoundTag]
    colors: Sequence[BrandColor] = ()


class Subject(NamedTuple):
    """The site: its key, origins, the domain that a choice counts for or `host`, its vendors' ids, its lines by name.

    `was_seen`: pages have asked for the script lately. `unknown_hosts` is what the owner has set for third parties that
    nobody knows: hold, run or ask; `allowed_hosts` run in any case: `host`, `*.host` or `host/path/`. `foreign_marks`:
    the marks of other tools are taken for ours. `is_published`: there is something for the script to answer.
    `asks`: the groups that visitors can accept; without one the banner asks nothing. `mounts` are those of all vendors.
    `old_tool` is the name of the consent tool whose choices are taken over, `running_tool` of the one that may still run
    in the pages, both empty for none. `has_accounts`: choices follow who is signed in.
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
    asks: frozenset[str]
    mounts: frozenset[str] = frozenset()
    old_tool: str = ""
    running_tool: str = ""
    has_accounts: bool = False

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


def requested_groups(tags: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return the groups for which `tags` of a site require consent."""
    return frozenset(tag["group"] for tag in tags if tag["enabled"]) - {ESSENTIAL}
