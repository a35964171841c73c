"""Record of one page in one consent state, and of a whole visit; times are unix seconds."""

from dataclasses import asdict, dataclass, field
from typing import cast

from consent.scanner.model.scan_result import (
    ConsentModeCall,
    CookieResult,
    FrameResult,
    PageJson,
    Probes,
    Revisit,
    VisitResult,
)

MAX_REQUESTS = 600
MAX_WRITES = 6000
MAX_ERRORS = 50


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
    by_parser: bool = False
    """Whether the browser's parser requested it, which may be ahead of the page: such a script counts when it runs."""

    @property
    def is_ahead(self) -> bool:
        """Return whether it is a script that was fetched ahead, and has not run."""
        return self.by_parser and self.kind == "script" and self.ran_at is None


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
class OwnRequest:
    """One request of the site's own host that is more than the site's own: without values, query or body.

    `outcome` is `named` (a collector's), `unknown` (like one of nobody known), or why it was not judged: `opaque`, `packed`,
    `worker` or `alike`. `ids` are the fields that name a visitor, `echoes` the cookies whose value it repeats.
    """

    url: str
    kind: str
    method: str
    at: float
    after_choice: bool
    by: list[str]
    outcome: str
    collector: str = ""
    vendor: str = ""
    what: str = ""
    is_sure: bool = True
    mount: str = ""
    ids: list[str] = field(default_factory=list)
    echoes: list[str] = field(default_factory=list)
    ahead: bool = False
    """Of a script: whether the browser only fetched it ahead, and it never ran."""


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
    consent_mode: list[ConsentModeCall] = field(default_factory=list)
    own_host: list[OwnRequest] = field(default_factory=list)
    """Requests of the site's own host that are more than the site's own."""
    own_host_plain: int = 0
    """How many more were judged as the site's own by a rule."""
    errors: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    frames: list[FrameResult] = field(default_factory=list)
    left_out: int = 0
    screenshots: list[str] = field(default_factory=list)
    revisit: Revisit | None = None
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
    cookies_before: list[CookieResult] = field(default_factory=list)
    cookies: list[CookieResult] = field(default_factory=list)
    choice: Choice | None = None
    withdrawal: Choice | None = None
    receipts: list[PageJson] = field(default_factory=list)
    asked_banner: bool = False
    """Whether the site's own banner was asked with the region."""
    banner: PageJson = field(default_factory=dict)
    probes: Probes = field(default_factory=Probes)
    """What was tried after the pages, for an audit: `later`, `refused`, `against_signal`."""
    refused: dict[str, int] = field(default_factory=dict)
    hosts: dict[str, list[float]] = field(default_factory=dict)
    """Every host that the proxy led to, also for workers that a page started, with when at first and at last."""
    problem: str | None = None


def to_document(visit: Visit) -> VisitResult:
    """Return `visit` as JSON-able values."""
    return cast(VisitResult, asdict(visit))


def picture_name(state: str, region: str | None, number: int, is_after_choice: bool) -> str:
    """Return the file name of the picture of a visit's page `number`, from 1 on."""
    return f"{state}-{region or 'here'}-{number:03}{'-chosen' if is_after_choice else ''}.jpg"
