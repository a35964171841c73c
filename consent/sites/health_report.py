"""Data model of a site health check: subject and findings."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from consent.core.groups import ESSENTIAL
from consent.sites.found_tags import FoundTag

ERROR, NOTE, GOOD = "fault", "note", "good"
LEVELS = (ERROR, NOTE, GOOD)


class Finding(NamedTuple):
    """The result of one check: a sentence, and lines to copy that fix the problem."""

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
    """The checked page, after redirects, and the findings: errors first, then notes, then what is fine.

    `tags` are the third-party products that the page loads, `colors` those that it declares or uses as its own.
    """

    url: str
    findings: list[Finding]
    tags: list[FoundTag]
    colors: Sequence[BrandColor] = ()


class Subject(NamedTuple):
    """The site to check: its key, origins, the domain a choice counts for (or `host`), its vendors' ids, its lines by name.

    `was_seen`: pages have requested the script lately. `unknown_hosts` is the owner's setting for unknown third
    parties: hold, run or ask; `allowed_hosts` run in any case: `host`, `*.host` or `host/path/`. `foreign_marks`: the
    marks of other tools are treated as ours. `is_published`: the script has a config to work with. `asks`: the groups
    that visitors can accept; without any, the banner asks nothing. `mounts` are those of all vendors. `old_tool` is the
    name of the consent tool whose choices are carried over, `running_tool` of the one that may still run on the pages,
    both empty for none. `has_accounts`: choices follow the signed-in visitor.
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
        """Return the script's address on the service's own host."""
        return self.lines["script"]


class Placed(NamedTuple):
    """How a page embeds the banner: the script's address or an empty string, nonces, and whether it has the blocker."""

    address: str
    nonce: str
    has_blocker: bool
    blocker_nonce: str


def requested_groups(tags: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return the groups for which a site's `tags` require consent."""
    return frozenset(tag["group"] for tag in tags if tag["enabled"]) - {ESSENTIAL}
