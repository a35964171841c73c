"""A vendor file from the catalog, or one that an owner wrote (data/vendor.schema.json)."""

from typing import NotRequired, TypedDict

from consent.core.documents.vendor_calls import Construct, FunctionCall, PageGlobal
from consent.core.documents.vendors import VendorConsent, VendorCookie


class VendorCall(TypedDict):
    """A call to a vendor's function in a vendor file, before parameters are filled in."""

    call: str
    args: list[object]
    queue: NotRequired[str | None]
    when: NotRequired[str]


class VendorLoad(TypedDict):
    """How a tag of a vendor file is loaded, with `{parameter}` in place of a value."""

    type: str
    src: str | None
    attributes: dict[str, str]
    calls: list[VendorCall]
    setup: NotRequired[list[PageGlobal]]
    construct: NotRequired[Construct]


class VendorParameter(TypedDict):
    """A value filled in when a tag is added; `pattern` covers all of it, `choices` are allowed values and labels."""

    id: str
    label: str
    pattern: str
    example: str
    kind: NotRequired[str]
    where: NotRequired[str]
    choices: NotRequired[dict[str, str]]


class VendorTag(TypedDict):
    """A tag of a vendor file."""

    id: str
    name: str
    group: str
    purposes: list[str]
    sale_or_share: bool
    exemptions: list[str]
    limited: str | None
    load: VendorLoad
    parameters: list[VendorParameter]
    product: NotRequired[str]
    ended: NotRequired[str]
    qualifies: NotRequired[list[str]]
    page_code: NotRequired[list[str]]


class VendorGlobal(TypedDict):
    """Code that needs a vendor's library: the text to find in inline code, and in the library's address."""

    code: str
    library: str


class VendorSnippet(TypedDict):
    """How a vendor's code looks inline on a page, as regular expressions."""

    code: list[str]
    tag: NotRequired[str]
    values: NotRequired[dict[str, str]]
    address: NotRequired[str]


class VendorSource(TypedDict):
    """The source of facts in a vendor file, and the day when someone checked them against it."""

    facts: list[str]
    source: str
    checked: str | None


class VendorDocument(TypedDict):
    """A vendor file from the catalog, or one that an owner wrote (data/vendor.schema.json)."""

    schema: str
    id: str
    name: str
    company: str
    country: str | None
    privacy_url: str | None
    opt_out_url: str | None
    recipient_kind: str | None
    group: str | None
    hosts: list[str]
    data_categories: list[str]
    tags: list[VendorTag]
    cookies: list[VendorCookie]
    revoke: list[FunctionCall]
    sources: list[VendorSource]
    common_names: NotRequired[list[str]]
    consent: NotRequired[VendorConsent]
    container: NotRequired[bool]
    contained: NotRequired[bool]
    globals: NotRequired[list[VendorGlobal]]
    own_files: NotRequired[list[str]]
    snippets: NotRequired[list[VendorSnippet]]
    not_known: NotRequired[dict[str, str]]
    note: NotRequired[str]
    gvl_id: NotRequired[int | None]
