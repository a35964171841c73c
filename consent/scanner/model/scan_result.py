"""The result of a scan, as sent by the scanning process and written to files; times are seconds since the epoch."""

from typing import Any, NotRequired, TypedDict

PageJson = dict[str, Any]
"""JSON from a page, which may have tampered with it: any field may be missing or have another type."""


class RequestResult(TypedDict):
    """One request (`visit_record.Request`)."""

    url: str
    kind: str
    method: str
    at: float
    after_choice: bool
    by: list[str]
    status: int | None
    vary: str
    ran_at: float | None
    by_parser: bool


class OwnRequestResult(TypedDict):
    """A request to the site's own host that isn't purely the site's own (`visit_record.OwnRequest`)."""

    url: str
    kind: str
    method: str
    at: float
    after_choice: bool
    by: list[str]
    outcome: str
    collector: str
    vendor: str
    what: str
    is_sure: bool
    mount: str
    ids: list[str]
    echoes: list[str]
    ahead: bool


class WriteResult(TypedDict):
    """A write to the browser's storage, or a fingerprint (`visit_record.Write`)."""

    kind: str
    name: str
    at: float
    after_choice: bool
    by: list[str]
    deletes: bool
    by_header: bool
    host: str


class Moment(TypedDict):
    """A time, and whether it is after the visit's choice."""

    at: float
    after_choice: bool


class ConsentModeCall(TypedDict):
    """A page's call of Google's consent mode."""

    command: str
    at: float
    values: dict[str, str]
    after_choice: bool


class TcfAnswer(TypedDict):
    """A CMP's TC string, and the numbers of the purposes it reports as consented or legitimate."""

    string: str
    consents: list[int]
    interests: list[int]


class FrameResult(TypedDict):
    """A frame's storage and facts; `links` exist until the visit has taken them.

    `colors` are those of its own buttons, most used first.
    """

    url: str
    is_main: bool
    local_storage: list[str]
    session_storage: list[str]
    indexed_db: list[str]
    cache: list[str]
    service_worker: list[str]
    apis: list[str]
    said: list[str]
    links: NotRequired[list[str]]
    consent: PageJson | None
    tcf: list[TcfAnswer]
    policy: str
    decorated: list[list[str]]
    colors: NotRequired[list[str]]


class CookieResult(TypedDict):
    """A cookie in a profile, without its value; `lifetime_s` is the remaining time, or None for a session cookie."""

    name: str
    domain: str
    path: str
    httpOnly: bool
    secure: bool
    sameSite: str
    lifetime_s: int | None
    partitioned: bool


class ReopenControl(TypedDict):
    """Whether a page has a permanent control to reopen the choice, and whether the keyboard can reach it."""

    found: bool
    by_keyboard: NotRequired[bool]


class Revisit(ReopenControl):
    """A page seen again after a refusal, and whether its banner asks."""

    asks: bool


class PageResult(TypedDict):
    """One page in one state (`visit_record.PageRecord`)."""

    url: str
    final_url: str
    status: int | None
    problem: str | None
    began: float
    requests: list[RequestResult]
    writes: list[WriteResult]
    fingerprints: list[WriteResult]
    consent_mode: list[ConsentModeCall]
    own_host: list[OwnRequestResult]
    own_host_plain: int
    errors: list[str]
    notes: list[str]
    frames: list[FrameResult]
    left_out: int
    screenshots: list[str]
    revisit: Revisit | None
    idle_at: float | None


class ChoiceResult(TypedDict):
    """How a visit's choice was made (`visit_record.Choice`)."""

    wanted: str
    found: bool
    how: str
    label: str
    actions: int
    at: float | None
    fields: list[str]
    argues: bool


class Reopening(TypedDict):
    """The first page reopened: whether it asks, and the URLs it requested."""

    asks: bool
    problem: str | None
    urls: list[str]


class LaterReopening(Reopening):
    """The same after a number of days."""

    days: int


class ChangedPurposes(TypedDict):
    """The first page with the unchanged choice, and with one for other purposes."""

    same: Reopening
    other: Reopening


class SecondLayer(TypedDict):
    """The switches of a second layer, and its content."""

    switches: NotRequired[Any]
    listed: NotRequired["Listed"]


class Listed(TypedDict):
    """The text of a second layer, and the targets of its links."""

    text: str
    links: list[str]


class AgainstSignal(TypedDict):
    """Whether a grant against GPC is possible, whether the conflict is shown first, and what the receipts say of it."""

    offers: bool
    tells: NotRequired[bool]
    receipts: NotRequired[list[Any]]


class Probes(TypedDict, total=False):
    """The results of probes after a visit's pages, for an audit."""

    later: list[LaterReopening]
    refused: SecondLayer
    purposes: ChangedPurposes
    against_signal: AgainstSignal


class VisitResult(TypedDict):
    """All pages in one state, for one region (`visit_record.Visit`)."""

    state: str
    region: str | None
    pages: list[PageResult]
    cookies_before: list[CookieResult]
    cookies: list[CookieResult]
    choice: ChoiceResult | None
    withdrawal: ChoiceResult | None
    receipts: list[PageJson]
    asked_banner: bool
    banner: PageJson
    probes: Probes
    refused: dict[str, int]
    hosts: dict[str, list[float]]
    problem: str | None


class Change(TypedDict):
    """A change found by a scan of a site: `change` is `new`, `changed` or `gone`, and `told` describes it."""

    change: str
    kind: str
    name: str
    host: str
    group: str
    is_leak: bool
    situations: str
    page: str
    told: str


class ScanResult(TypedDict):
    """All visits of a scan, and the pages visited; `gpc_json` is the text of `/.well-known/gpc.json`."""

    schema: str
    url: str
    began_at: int
    seconds: float
    pages: list[str]
    is_whole: bool
    is_complete: bool
    gpc_json: str | None
    visits: list[VisitResult]


class Progress(TypedDict):
    """The progress of a scan: the number of the visit and of the page, and what is being visited."""

    visit: int
    visits: int
    state: str
    region: str | None
    page: int
    pages: int
    url: str
    problem: str | None
