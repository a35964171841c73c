"""What receipts and entries of the log say beside a choice."""

from typing import NotRequired, TypedDict


class SignalClaims(TypedDict):
    """What a receipt says of the signals of a browser and of an age: its band, and whether it came of an exact one."""

    gpc: bool
    dnt: bool
    age_band: str
    exact_age: NotRequired[bool]


class AuditClaims(TypedDict):
    """What the log's entry on a change says; `by` is an opaque id, `before` and `after` any JSON."""

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
    """What the log's entry on a new key says; `old` and `new` are public keys (JWK), `use` is `receipt` or `log`."""

    schema: str
    id: str
    site: str
    time: str
    use: str
    old: dict[str, str]
    new: dict[str, str]


class ConfigClaims(TypedDict):
    """What the log's entry on a published config says."""

    schema: str
    site: str
    config: str
    version: int
    time: str
    by: str
    rules_sha256: str
    banner_sha256: str


class PersonalPart(TypedDict):
    """What a receipt says of a person: kept beside it under a digest, and erasable."""

    visitor: str | None
    previous: str | None
    browser: str
    page_group: str | None
    chosen_at: int | None
