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
    """One request; `by` are the scripts that initiated it, or the page."""

    url: str
    kind: str
    method: str
    at: float
    after_choice: bool
    by: list[str]
    status: int | None = None
    vary: str = ""
    ran_at: float | None = None
    """When a script in the page finished running."""
    by_parser: bool = False
    """Whether the browser's parser requested it, possibly as a preload; such a script counts from when it runs."""

    @property
    def is_ahead(self) -> bool:
        """Return whether it is a script that was preloaded and hasn't run."""
        return self.by_parser and self.kind == "script" and self.ran_at is None


@dataclass(slots=True)
class Write:
    """A write to the browser's storage: `kind` is the kind of cookie or storage, `by` the scripts or the URL."""

    kind: str
    name: str
    at: float
    after_choice: bool
    by: list[str]
    deletes: bool = False
    by_header: bool = False
    host: str = ""
    """Host of the frame that stored it, or of the response with the header."""


@dataclass(slots=True)
class OwnRequest:
    """A request to the site's own host that isn't purely the site's own, without values, query or body.

    `outcome` is `named` (a known collector), `unknown` (looks like an unknown one), or why it wasn't judged: `opaque`,
    `packed`, `worker` or `alike`. `ids` are the fields that identify a visitor, `echoes` the cookies whose value it
    repeats.
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
    """Whether the browser only preloaded a script, which never ran."""


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
    """Requests to the site's own host that aren't purely the site's own."""
    own_host_plain: int = 0
    """Number of other requests judged as the site's own by rule."""
    errors: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    frames: list[FrameResult] = field(default_factory=list)
    left_out: int = 0
    screenshots: list[str] = field(default_factory=list)
    revisit: Revisit | None = None
    """For a page visited after a refusal: whether the banner asks again, and whether there is a reopen control."""
    idle_at: float | None = None
    """Time from which the page was left alone, scrolled and clicked without a choice."""


@dataclass(slots=True)
class Choice:
    """How the visit's choice was made: `how` is `words`, `tool` or `api`, or empty if no way was found."""

    wanted: str
    found: bool
    how: str = ""
    label: str = ""
    actions: int = 0
    at: float | None = None
    fields: list[str] = field(default_factory=list)
    """Kinds of text fields near the control, such as `email`."""
    argues: bool = False
    """Whether another question followed the answer immediately."""


@dataclass(slots=True)
class Visit:
    """All pages in one state, for one region, in a separate profile."""

    state: str
    region: str | None
    pages: list[PageRecord] = field(default_factory=list)
    cookies_before: list[CookieResult] = field(default_factory=list)
    cookies: list[CookieResult] = field(default_factory=list)
    choice: Choice | None = None
    withdrawal: Choice | None = None
    receipts: list[PageJson] = field(default_factory=list)
    asked_banner: bool = False
    """Whether the site's own banner was requested for the region."""
    banner: PageJson = field(default_factory=dict)
    probes: Probes = field(default_factory=Probes)
    """Results of probes after the pages, for an audit: `later`, `refused`, `against_signal`."""
    refused: dict[str, int] = field(default_factory=dict)
    hosts: dict[str, list[float]] = field(default_factory=dict)
    """Every host reached through the proxy, even by workers, with the times of the first and the last connection."""
    problem: str | None = None


def to_document(visit: Visit) -> VisitResult:
    """Return `visit` as JSON-compatible values."""
    return cast(VisitResult, asdict(visit))


def picture_name(state: str, region: str | None, number: int, is_after_choice: bool) -> str:
    """Return the file name of the screenshot of a visit's page `number`, counted from 1."""
    return f"{state}-{region or 'here'}-{number:03}{'-chosen' if is_after_choice else ''}.jpg"
