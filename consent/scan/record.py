"""What is noted of one page in one state, and of a whole visit; times are seconds since the epoch."""

from dataclasses import asdict, dataclass, field
from typing import Any

MOST_REQUESTS = 600
MOST_WRITES = 6000
MOST_ERRORS = 50


@dataclass(slots=True)
class Request:
    """One request: `by` names the scripts that asked for it, or the page."""

    url: str
    kind: str
    method: str
    at: float
    after_choice: bool
    by: list[str]
    status: int | None = None
    vary: str = ""
    ran_at: float | None = None
    """Of a script that the page names, when it had run."""


@dataclass(slots=True)
class Write:
    """Something that was kept in the browser: `kind` is a cookie's or a storage's, `by` the scripts or the address."""

    kind: str
    name: str
    at: float
    after_choice: bool
    by: list[str]
    deletes: bool = False
    by_header: bool = False
    host: str = ""
    """Of the frame that kept it, or of the answer whose header did."""


@dataclass(slots=True)
class PageRecord:
    """One page in one state."""

    url: str
    final_url: str = ""
    status: int | None = None
    problem: str | None = None
    began: float = 0.0
    requests: list[Request] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    fingerprints: list[Write] = field(default_factory=list)
    consent_mode: list[dict[str, Any]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    frames: list[dict[str, Any]] = field(default_factory=list)
    left_out: int = 0
    screenshots: list[str] = field(default_factory=list)
    revisit: dict[str, Any] | None = None
    """After a refusal, of a page seen later: whether the banner asks again, and whether there is a way back."""
    idle_at: float | None = None
    """Since when the page was left alone, scrolled and clicked without a choice."""


@dataclass(slots=True)
class Choice:
    """How the visit's choice was made: `how` is `words`, `tool` or `api`; none where no way was found."""

    wanted: str
    found: bool
    how: str = ""
    label: str = ""
    actions: int = 0
    at: float | None = None
    fields: list[str] = field(default_factory=list)
    """Kinds of fields for text beside the control, such as `email`."""
    argues: bool = False
    """Whether something was asked again right after the answer."""


@dataclass(slots=True)
class Visit:
    """All pages in one state, for one region, in a profile of its own."""

    state: str
    region: str | None
    pages: list[PageRecord] = field(default_factory=list)
    cookies_before: list[dict[str, Any]] = field(default_factory=list)
    cookies: list[dict[str, Any]] = field(default_factory=list)
    choice: Choice | None = None
    withdrawal: Choice | None = None
    receipts: list[dict[str, Any]] = field(default_factory=list)
    asked_banner: bool = False
    """Whether the site's own banner was asked with the region."""
    banner: dict[str, Any] = field(default_factory=dict)
    probes: dict[str, Any] = field(default_factory=dict)
    """What was tried after the pages, for an audit: `later`, `refused`, `against_signal`."""
    refused: dict[str, int] = field(default_factory=dict)
    hosts: dict[str, list[float]] = field(default_factory=dict)
    """Every host that the proxy led to, also for workers that a page started, with when at first and at last."""
    problem: str | None = None


def to_document(visit: Visit) -> dict[str, Any]:
    """Return `visit` as JSON-able values."""
    return asdict(visit)


def picture_name(state: str, region: str | None, number: int, is_after_choice: bool) -> str:
    """Return the file name of the picture of a visit's page `number`, from 1 on."""
    return f"{state}-{region or 'here'}-{number:03}{'-chosen' if is_after_choice else ''}.jpg"
