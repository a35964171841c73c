"""Scan job: options of a scan and their JSON for the scanning subprocess."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from consent.geo.places import is_place

STATES = ("none", "reject", "accept", "gpc", "withdraw", "close", "minor", "unknown", "down")
OWN_STATES = ("minor", "unknown", "down")
"""Those that can be feigned on a site with this service's banner alone."""
NOWHERE = ("unknown", "down")
"""Those that are the same as from anywhere."""
DEFAULT_STATES = ("none", "reject", "accept", "gpc")
LIMITS = {"pages": (1, 500), "page_s": (1, 300), "total_s": (5, 24 * 3600), "idle_s": (0, 300)}


class JobValidationError(ValueError):
    """A scan that cannot be done; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class OwnBanner:
    """A site that uses this service's banner: with the token its pages can be asked as from any place."""

    site: str
    token: str
    origins: tuple[str, ...]
    """Who is told the token: the service, and the site's hosts where they pass requests on to it."""


class Term(NamedTuple):
    """How long an answer holds somewhere, in days; a grant without an end has no `life_days`."""

    life_days: int | None = None
    cooldown_days: int = 180
    is_opt_in: bool = True


class GivenPage(NamedTuple):
    """A page's HTML that a visit takes for what the server answers, with its Content-Security-Policy."""

    html: str
    policy: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """One scan; times are in seconds."""

    url: str
    states: tuple[str, ...] = DEFAULT_STATES
    regions: tuple[str, ...] = ()
    pages: int = 20
    also: tuple[str, ...] = ()
    """Pages that are visited besides, right after the first one: those where a leak is open."""
    delay_s: float = 0.5
    """Between two pages of one visit."""
    page_s: float = 30.0
    settle_s: float = 5.0
    """At most so long is waited until a page asks for nothing more."""
    idle_s: float = 0.0
    """How long the first page without a choice is left alone, then scrolled and clicked."""
    choice_s: float = 8.0
    """How long a banner may take to appear."""
    total_s: float = 1800.0
    page_bytes: int = 30 * 1024 * 1024
    allow: tuple[str, ...] = ()
    screenshots: str | None = None
    measure: bool = False
    """Whether the banner itself is measured, for an audit."""
    terms: dict[str, Term] = field(default_factory=dict)
    """For an audit, by region; the empty one is for a site that is not asked as from a region."""
    own: OwnBanner | None = None
    given: dict[str, GivenPage] = field(default_factory=dict)
    """By state, what the first page is taken to be."""
    language: str = "en-US"
    robots: bool = True
    browser: str | None = None


def check_job(job: Job) -> None:
    """Raise JobValidationError where `job` cannot be done."""
    parts = _parts(job.url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise JobValidationError("A scan begins at an http or https address, such as https://www.example.com/.")
    if parts.username or parts.password:
        raise JobValidationError("An address with a name and a password in it is not scanned.")
    for name, (least, most) in LIMITS.items():
        if not least <= getattr(job, name) <= most:
            raise JobValidationError(f"{name} must be from {least} to {most}.")
    unknown = [state for state in job.states if state not in STATES]
    if unknown or not job.states:
        raise JobValidationError(f"The states are {', '.join(STATES)}.")
    for region in job.regions:
        if not is_place(region):
            raise JobValidationError(f"There is no place {region}: codes are those of ISO 3166, such as DE or US-CA.")
    for host in job.allow:
        if not host or set(host) & set("/ \t"):
            raise JobValidationError(
                f"A host that may be reached is written as intranet.example or *.test:8443, not as {host!r}."
            )


def to_json(job: Job) -> str:
    """Return `job` as one line of JSON."""
    return json.dumps(asdict(job))


def from_json(text: str) -> Job:
    """Return the job that `to_json` wrote."""
    values = json.loads(text)
    own = values.pop("own")
    lists = {name: tuple(values[name]) for name in ("states", "regions", "also", "allow")}
    banner = own and OwnBanner(own["site"], own["token"], tuple(own["origins"]))
    terms = {region: Term(*term) for region, term in values.pop("terms").items()}
    given = {state: GivenPage(*page) for state, page in values.pop("given").items()}
    return Job(**(values | lists), terms=terms, given=given, own=banner)


def _parts(url: str) -> Any:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise JobValidationError(f"{url} is no address.") from None
    return parts
