"""Scan job: the options of a scan, and their JSON for the scanning subprocess."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from consent.geo.places import is_place

STATES = ("none", "reject", "accept", "gpc", "withdraw", "close", "minor", "unknown", "down")
OWN_STATES = ("minor", "unknown", "down")
"""States that can be simulated only on a site with this service's banner."""
NOWHERE = ("unknown", "down")
"""States that don't depend on the region."""
DEFAULT_STATES = ("none", "reject", "accept", "gpc")
LIMITS = {"pages": (1, 500), "page_s": (1, 300), "total_s": (5, 24 * 3600), "idle_s": (0, 300)}


class JobValidationError(ValueError):
    """Raised when a scan can't be run; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class OwnBanner:
    """A site with this service's banner; the token lets its pages be requested as if from any place."""

    site: str
    token: str
    origins: tuple[str, ...]
    """The origins that receive the token: the service, and the site's hosts if they forward requests to it."""


class Term(NamedTuple):
    """How long an answer applies in a region, in days; `life_days` is None if a grant doesn't expire."""

    life_days: int | None = None
    cooldown_days: int = 180
    is_opt_in: bool = True


class GivenPage(NamedTuple):
    """HTML that a visit uses in place of the server's response, with its Content-Security-Policy."""

    html: str
    policy: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """A scan; times are in seconds."""

    url: str
    states: tuple[str, ...] = DEFAULT_STATES
    regions: tuple[str, ...] = ()
    pages: int = 20
    also: tuple[str, ...] = ()
    """Additional pages, visited right after the first one: those with an open leak."""
    delay_s: float = 0.5
    """Between two pages of a visit."""
    page_s: float = 30.0
    settle_s: float = 5.0
    """Maximum time to wait until a page's network is idle."""
    idle_s: float = 0.0
    """How long the first page is left alone without a choice, before it is scrolled and clicked."""
    choice_s: float = 8.0
    """How long a banner may take to appear."""
    total_s: float = 1800.0
    page_bytes: int = 30 * 1024 * 1024
    allow: tuple[str, ...] = ()
    screenshots: str | None = None
    measure: bool = False
    """Whether to measure the banner, for an audit."""
    terms: dict[str, Term] = field(default_factory=dict)
    """For an audit, by region; "" is for a site that can't be requested for a region."""
    own: OwnBanner | None = None
    given: dict[str, GivenPage] = field(default_factory=dict)
    """HTML to use for the first page, by state."""
    language: str = "en-US"
    robots: bool = True
    browser: str | None = None


def check_job(job: Job) -> None:
    """Raise JobValidationError if `job` can't be run."""
    parts = _parts(job.url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise JobValidationError("A scan starts at an http or https URL, such as https://www.example.com/.")
    if parts.username or parts.password:
        raise JobValidationError("A URL with a user name and password cannot be scanned.")
    for name, (least, most) in LIMITS.items():
        if not least <= getattr(job, name) <= most:
            raise JobValidationError(f"{name} must be from {least} to {most}.")
    unknown = [state for state in job.states if state not in STATES]
    if unknown or not job.states:
        raise JobValidationError(f"States must be among {', '.join(STATES)}.")
    for region in job.regions:
        if not is_place(region):
            raise JobValidationError(f"There is no place {region}; use ISO 3166 codes, such as DE or US-CA.")
    for host in job.allow:
        if not host or set(host) & set("/ \t"):
            raise JobValidationError(f"Write a host as intranet.example or *.test:8443, not as {host!r}.")


def to_json(job: Job) -> str:
    """Return `job` as one line of JSON."""
    return json.dumps(asdict(job))


def from_json(text: str) -> Job:
    """Return the job written by `to_json`."""
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
        raise JobValidationError(f"{url} is not a URL.") from None
    return parts
