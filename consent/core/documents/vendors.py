"""The vendors and cookies of a draft or config."""

from typing import NotRequired, TypedDict

from consent.core.documents.vendor_calls import FunctionCall


class VendorConsent(TypedDict):
    """The calls, besides `revoke`, that pass an answer to a vendor's code."""

    default: NotRequired[list[FunctionCall]]
    granted: NotRequired[list[FunctionCall]]
    limited: NotRequired[list[FunctionCall]]
    stops: NotRequired[bool]


class SiteVendor(TypedDict):
    """A vendor of a draft or config: a part of its catalog file, and its mounts, paths such as `/metrics/*`."""

    id: str
    name: str
    company: str
    country: str | None
    privacy_url: str | None
    opt_out_url: str | None
    recipient_kind: str | None
    hosts: list[str]
    revoke: list[FunctionCall]
    consent: NotRequired[VendorConsent]
    mounts: NotRequired[list[str]]


class VendorCookie(TypedDict):
    """A cookie or storage item of a vendor file; `lifetime_s` is in seconds, 0 for a session, None if unknown."""

    name: str
    pattern: bool
    kind: str
    group: str
    purpose: str | None
    lifetime_s: int | None
    domain: str | None
    third_party: bool


class Cookie(VendorCookie):
    """A cookie or storage item of a draft or config; `vendor` is None for the site's own."""

    vendor: str | None
