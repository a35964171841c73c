"""A site's settings for the Transparency and Consent Framework, and what they become."""

from typing import NotRequired, TypedDict


class TcfRestriction(TypedDict):
    """A publisher restriction on a purpose for listed vendors; `type` is a name in `consent.core.tcf.cut`."""

    purpose: int
    type: str
    vendors: list[int]


class GoogleProvider(TypedDict):
    """An ad technology provider of Google's list that is not in the vendor list."""

    id: int
    name: str
    policy_url: str


class TcfSettings(TypedDict, total=False):
    """A site's settings for the Transparency and Consent Framework; a field may be missing until it is published."""

    cmp_id: int
    cmp_version: int
    publisher_cc: str
    vendors: list[int]
    restrictions: list[TcfRestriction]
    google_providers: list[GoogleProvider]
    everywhere: bool


class TcfTag(TypedDict):
    """The declarations of a tag's vendor after restrictions: purposes by legal basis, and its id in the vendor list."""

    vendor: int
    consent: list[int]
    interest: list[int]


class TcfNames(TypedDict):
    """The names that the first layer shows in one language; stacks and single purposes together cover every purpose."""

    stacks: list[str]
    purposes: list[str]
    features: list[str]


class TcfOffer(TypedDict):
    """What visitors choose from, as sets of ids (`consent.core.tcf.id_sets`), and the keys a choice counts under."""

    key: str
    keys: list[str]
    disclosed: str
    consent: str
    interest: str
    purposes: str
    interests: str
    features: str
    google: NotRequired[str]


class TcfCut(TcfOffer):
    """A config's cut of a vendor list: names of stored files, and per vendor the hash of its uses and legal bases."""

    list: str
    version: int
    policy: int
    bases: dict[str, str]
    tags: dict[str, TcfTag]
    names: dict[str, TcfNames]
    texts: dict[str, str]
    vendors: str


class TcfPage(TypedDict):
    """The facts sent to every page of a site with TCF: ids and versions of the consent tool (`cmp`) and of the list."""

    applies: bool
    cmp: tuple[int, int]
    list: tuple[int, int]


class TcfFirst(TcfPage):
    """The data for the first layer and the strings where TCF applies; sets are as in `TcfOffer`."""

    cc: str
    lang: str
    key: str
    disclosed: str
    consent: str
    interest: str
    purposes: str
    interests: str
    features: str
    restrictions: list[tuple[int, int, str]]
    google: NotRequired[str]
    consent_mode: NotRequired[bool]
    months: int
    more: list[str]


class TcfAnswer(TypedDict):
    """A decision's TCF answer; `string` is null without a choice."""

    gdpr_applies: bool
    cmp_id: int
    cmp_version: int
    version: int
    policy: int
    string: NotRequired[str | None]
    additional_consent: NotRequired[str]
