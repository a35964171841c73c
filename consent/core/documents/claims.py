"""Claims of receipts and log entries besides the choice."""

from typing import NotRequired, TypedDict


class SignalClaims(TypedDict):
    """The signals and age in a receipt: GPC, DNT, the age band, and whether an exact age was given for it."""

    gpc: bool
    dnt: bool
    age_band: str
    exact_age: NotRequired[bool]


class AuditClaims(TypedDict):
    """The log entry for a change; `by` is an opaque id, `before` and `after` are any JSON."""

    schema: str
    id: str
    site: str
    time: str
    by: str
    action: str
    subject: str
    before: object
    after: object


class KeyClaims(TypedDict):
    """The log entry for a new key; `old` and `new` are public keys (JWK), `use` is `receipt` or `log`."""

    schema: str
    id: str
    site: str
    time: str
    use: str
    old: dict[str, str]
    new: dict[str, str]


class ConfigClaims(TypedDict):
    """The log entry for a published config."""

    schema: str
    site: str
    config: str
    version: int
    time: str
    by: str
    rules_sha256: str
    banner_sha256: str


class PersonalPart(TypedDict):
    """The personal part of a receipt, stored separately under a digest so that it can be erased."""

    visitor: str | None
    previous: str | None
    browser: str
    page_group: str | None
    chosen_at: int | None
