"""What a site says for the Transparency and Consent Framework, and what it becomes."""

from typing import NotRequired, TypedDict


class TcfRestriction(TypedDict):
    """What a publisher lets vendors of the vendor list do for a purpose; `type` is a name of `consent.core.tcf.cut`."""

    purpose: int
    type: str
    vendors: list[int]


class GoogleProvider(TypedDict):
    """An ad technology provider of Google's list that is not in the vendor list."""

    id: int
    name: str
    policy_url: str


class TcfSettings(TypedDict, total=False):
    """What a site says for the Transparency and Consent Framework; each may be missing until it is published."""

    cmp_id: int
    cmp_version: int
    publisher_cc: str
    vendors: list[int]
    restrictions: list[TcfRestriction]
    google_providers: list[GoogleProvider]
    everywhere: bool


class TcfTag(TypedDict):
    """What the vendor of a tag declares after restrictions: the purposes by legal basis, and its id in the vendor list."""

    vendor: int
    consent: list[int]
    interest: list[int]


class TcfNames(TypedDict):
    """The names that the first layer tells in one language; stacks and single purposes together name each purpose."""

    stacks: list[str]
    purposes: list[str]
    features: list[str]


class TcfOffer(TypedDict):
    """What visitors choose from, as sets of ids (`consent.core.tcf.id_sets`), and the keys under which a choice counts."""

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
    """What a config takes of a vendor list: names of stored files, and by vendor the hash of what it does on which basis."""

    list: str
    version: int
    policy: int
    bases: dict[str, str]
    tags: dict[str, TcfTag]
    names: dict[str, TcfNames]
    texts: dict[str, str]
    vendors: str


class TcfPage(TypedDict):
    """What every page of a site that takes part is told: ids and versions of the consent tool (`cmp`) and of the list."""

    applies: bool
    cmp: tuple[int, int]
    list: tuple[int, int]


class TcfFirst(TcfPage):
    """What the first layer and the strings need where the framework applies; sets as in `TcfOffer`."""

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
    """What a decision says for the framework; without a choice `string` is null."""

    gdpr_applies: bool
    cmp_id: int
    cmp_version: int
    version: int
    policy: int
    string: NotRequired[str | None]
    additional_consent: NotRequired[str]
