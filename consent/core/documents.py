"""The JSON documents of the product, field by field: what a draft, a config, a vendor file, a decision and a receipt hold.

They follow data/config.schema.json, data/vendor.schema.json and banner/types.js; tests/core/test_documents.py compares
them. Where a field is `NotRequired`, documents of earlier releases, or the schema, may leave it out.
"""

from collections.abc import Mapping
from typing import Literal, NotRequired, TypedDict

Mode = Literal["full", "limited", "held"]
"""How a tag may run."""
JsonObject = Mapping[str, object]
"""Any JSON object: one of which no field is known here."""

_Except = TypedDict("_Except", {"except": list[str]})
"""The field `except`, which no class can declare by that name."""
_From = TypedDict("_From", {"from": str | None})
"""The field `from`, which no class can declare by that name."""
_Class = TypedDict("_Class", {"class": str})
"""The field `class`, which no class can declare by that name."""


class Limits(_Except):
    """Where a tag may run, by patterns of paths or by codes of places."""

    only: list[str]


class Schedule(_From):
    """The first and the last day of a tag, as ISO dates, both included."""

    until: str | None


class FunctionCall(TypedDict):
    """A global function of a page that the script calls, as data; `queue` is a global array that takes the arguments."""

    call: str
    args: list[object]
    queue: NotRequired[str]


class Call(FunctionCall):
    """A call that comes after the element of a tag is added, unless it comes before or once that has loaded."""

    before: NotRequired[bool]
    loaded: NotRequired[bool]


class PageGlobal(TypedDict):
    """A global that the script sets before a vendor's code comes: a value, or a stub that queues calls."""

    name: str
    value: NotRequired[object]
    stub: NotRequired[str]
    queue: NotRequired[str]
    handler: NotRequired[str]
    entries: NotRequired[str]
    prefix: NotRequired[str]
    methods: NotRequired[list[str]]
    properties: NotRequired[dict[str, object]]


class Construct(_Class):
    """An object of a vendor's `class` that takes the place of the global `name`, which is handed to it as `queue`."""

    name: str
    queue: str
    options: dict[str, object]


class Node(TypedDict):
    """One node of code that somebody pasted; `src` is empty for inline code."""

    element: str
    src: str
    text: str
    attributes: dict[str, str]


class Trigger(TypedDict):
    """What in a page a tag waits for, by its kind `on`; `before_choice` is `run` (as where it is missing) or `drop`."""

    on: str
    selector: NotRequired[str]
    percent: NotRequired[int]
    seconds: NotRequired[int]
    name: NotRequired[str]
    repeat: NotRequired[bool]
    before_choice: NotRequired[str]


class Load(TypedDict):
    """How a tag is loaded; `nodes` stand for type `html` alone."""

    type: str
    src: NotRequired[str | None]
    attributes: NotRequired[dict[str, str]]
    calls: NotRequired[list[Call]]
    setup: NotRequired[list[PageGlobal]]
    construct: NotRequired[Construct]
    nodes: NotRequired[list[Node]]
    hosts: NotRequired[list[str]]


class TagChange(TypedDict, total=False):
    """Facts of a tag that a change replaces: any field but its id."""

    vendor: str
    template: str
    name: str
    group: str
    enabled: bool
    sale_or_share: bool
    exemptions: list[str]
    purposes: list[str]
    third_party: bool
    limited: str | None
    places: Limits
    pages: Limits
    schedule: Schedule
    load: Load
    parameters: dict[str, str]
    limited_reason: str
    necessity: str
    flags_note: str
    payment_note: str
    note: str
    labels: list[str]
    languages: list[str]
    in_page: bool
    precise_location: bool
    gvl_id: int | None
    trigger: Trigger


class Tag(TypedDict):
    """A tag of a draft or config."""

    id: str
    vendor: str
    template: str
    name: str
    group: str
    enabled: bool
    sale_or_share: bool
    exemptions: list[str]
    purposes: list[str]
    third_party: bool
    limited: str | None
    places: Limits
    pages: Limits
    schedule: Schedule
    load: Load
    parameters: dict[str, str]
    limited_reason: NotRequired[str]
    necessity: NotRequired[str]
    flags_note: NotRequired[str]
    payment_note: NotRequired[str]
    note: NotRequired[str]
    labels: NotRequired[list[str]]
    languages: NotRequired[list[str]]
    in_page: NotRequired[bool]
    precise_location: NotRequired[bool]
    gvl_id: NotRequired[int | None]
    trigger: NotRequired[Trigger]


class VendorConsent(TypedDict):
    """Calls by which a vendor's code is told of an answer, beside `revoke`."""

    default: NotRequired[list[FunctionCall]]
    granted: NotRequired[list[FunctionCall]]
    limited: NotRequired[list[FunctionCall]]
    stops: NotRequired[bool]


class SiteVendor(TypedDict):
    """A vendor of a draft or config: a part of its catalogue file, and its mounts, paths of the site like `/metrics/*`."""

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
    """A cookie or storage item of a vendor file; `lifetime_s` is in seconds, 0 for a session, None where unknown."""

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


class Controller(TypedDict):
    """Who is responsible for a site, as its visitors read it."""

    name: str
    address: str
    contact: str
    policy_url: str
    policy_revision: str
    storage_location: str
    retention: str


class OwnLink(TypedDict):
    """A link of the owner's on the first layer."""

    label: str
    url: str


class OwnLinks(TypedDict):
    """The owner's links in one language."""

    policy: NotRequired[str]
    more: NotRequired[list[OwnLink]]


class DraftTexts(TypedDict):
    """The strings of a draft that the owner changed, by language and key."""

    default_language: str
    languages: dict[str, dict[str, str]]
    confirmed: NotRequired[list[str]]
    links: NotRequired[dict[str, OwnLinks]]


class ConfigTexts(TypedDict):
    """Every string of a config, by language and key; `own` are those that the owner changed."""

    default_language: str
    languages: dict[str, dict[str, str]]
    own: NotRequired[dict[str, dict[str, str]]]
    links: NotRequired[dict[str, OwnLinks]]


class DarkColors(TypedDict):
    """The colors of a look in the dark scheme, as `#rrggbb`."""

    accent: NotRequired[str]
    surface: NotRequired[str]
    text: NotRequired[str]


class ButtonWeights(TypedDict):
    """How much the buttons of the first layer stand out."""

    accept: NotRequired[str]
    reject: NotRequired[str]
    settings: NotRequired[str]


class Logo(TypedDict):
    """An image of the first layer: its SHA-256 as hex digits, media type and size in pixels."""

    sha256: str
    type: str
    width: int
    height: int


class ReopenButton(TypedDict, total=False):
    """The button that reopens the second layer; `offset` is in CSS pixels, `own_link` hides it where a page has a link."""

    side: str
    offset: int
    icon: bool
    own_link: bool


class Theme(TypedDict):
    """The look of a banner; colors are `#rrggbb`, `radius` and `foot`, of a bar of the page's own, are in CSS pixels."""

    accent: str
    radius: int
    position: str
    font: str
    surface: NotRequired[str]
    text: NotRequired[str]
    dark: NotRequired[DarkColors]
    scheme: NotRequired[str]
    buttons: NotRequired[ButtonWeights]
    logo: NotRequired[Logo]
    back: NotRequired[ReopenButton]
    foot: NotRequired[int]


class ThemeChange(TypedDict, total=False):
    """What a variant changes of a look."""

    accent: str
    radius: int
    position: str
    font: str
    surface: str
    text: str
    dark: DarkColors
    scheme: str
    buttons: ButtonWeights


class Variant(TypedDict):
    """One form of the banner, its share among others, and how look and texts differ from the banner itself."""

    id: str
    weight: int
    name: NotRequired[str]
    look: NotRequired[ThemeChange]
    texts: NotRequired[dict[str, dict[str, str]]]


class ShownVariant(TypedDict):
    """What a config keeps of a variant: its style sheet, and by language and key the strings that differ."""

    style: str
    texts: dict[str, dict[str, str]]


class SiteRule(TypedDict):
    """A site's own rule for a place, on a group or on a purpose."""

    place: str
    level: str
    reason: str
    group: NotRequired[str]
    purpose: NotRequired[str]
    by: NotRequired[str]
    on: NotRequired[str | None]


class OneRule(TypedDict):
    """A country of which a site takes the strictest rule everywhere."""

    country: str
    reason: str
    by: NotRequired[str]
    on: NotRequired[str | None]


class Reason(TypedDict):
    """Why a setting is as it is: the sentence, the opaque id of who wrote it, and the day."""

    reason: str
    by: NotRequired[str]
    on: NotRequired[str | None]


class GppSettings(TypedDict):
    """What a site says in its GPP strings beside the visitor's choice; `opt_out_notice` once the owner has answered."""

    approach: str
    mspa: str
    sensitive: list[str]
    opt_out_notice: NotRequired[bool]


class OldChoices(TypedDict):
    """What a site takes of the choices that visitors made with another tool, as a user has confirmed it."""

    tool: str
    cookie: str
    categories: dict[str, str]
    vendors: list[str]
    delete: bool
    revision: NotRequired[int]
    life: NotRequired[int]
    until: NotRequired[str | None]


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


class Handover(TypedDict):
    """The sites that share choices with this one, by key; `named` where its banner names their domains, for grants."""

    sites: list[str]
    named: NotRequired[bool]


class Headless(TypedDict):
    """That the pages of a site draw its layers themselves; the checks of a publish open `page`, an address of the site."""

    page: str


class AccountGroup(TypedDict):
    """The group of sites that a site shares its accounts with, by its realm; `named` where its banner names the others."""

    realm: str
    named: NotRequired[bool]


class Overrides(TypedDict):
    """The settings of a site that are no texts, tags or looks."""

    kill_switch: bool
    rest_of_world: str
    honour_dnt: bool
    ignore_gpc_where_silent: bool
    sensitive_paths: list[str]
    sensitive: bool
    addresses_children: bool
    ask_for_new_vendors: str
    cookie_scope: str
    decision_seconds: int
    public_log: bool
    one_choices_link: NotRequired[bool]
    sends: NotRequired[list[str]]
    unknown_hosts: NotRequired[str]
    allowed_hosts: NotRequired[list[str]]
    guard_cookies: NotRequired[bool]
    accounts: NotRequired[bool]
    account_group: NotRequired[AccountGroup]
    visitor_requests: NotRequired[bool]
    handover: NotRequired[Handover]
    apps: NotRequired[list[str]]
    headless: NotRequired[Headless]
    rules: NotRequired[list[SiteRule]]
    one_rule: NotRequired[list[OneRule]]
    reasons: NotRequired[dict[str, Reason]]
    foreign_marks: NotRequired[bool]
    asked_groups: NotRequired[list[str]]
    sightings: NotRequired[int]
    payment_paths: NotRequired[list[str]]
    time_zone: NotRequired[str]
    gpp: NotRequired[GppSettings]
    tcf: NotRequired[TcfSettings]
    link_addresses: NotRequired[dict[str, str]]
    sale_notices: NotRequired[dict[str, str]]
    old_choices: NotRequired[OldChoices]
    mark_names: NotRequired[dict[str, str]]


class SiteFacts(TypedDict):
    """What a draft and a config both hold."""

    schema: str
    site: str
    controller: Controller
    hosts: list[str]
    tags: list[Tag]
    vendors: list[SiteVendor]
    cookies: list[Cookie]
    look: Theme
    variants: list[Variant]
    overrides: Overrides


class Draft(SiteFacts):
    """The document that marketing edits (data/config.schema.json)."""

    texts: DraftTexts


class PurposeKey(TypedDict):
    """What a grant for a group covers; `key` is a SHA-256 as hex digits."""

    key: str
    purposes: list[str]
    vendors: list[str]


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


class ConfigOptions(TypedDict, total=False):
    """What configs of some sites alone have."""

    tcf: TcfCut
    experiment: dict[str, ShownVariant]


class Config(ConfigOptions, SiteFacts):
    """A draft as it was published; the two hashes are SHA-256 as hex digits. `style` is missing from early ones."""

    texts: ConfigTexts
    version: int
    purpose_keys: dict[str, list[PurposeKey]]
    rules_sha256: str
    banner_sha256: str
    style: NotRequired[str]


class VendorCall(TypedDict):
    """A call of a vendor's function in a vendor file, before parameters are filled in."""

    call: str
    args: list[object]
    queue: NotRequired[str | None]
    when: NotRequired[str]


class VendorLoad(TypedDict):
    """How a tag of a vendor file is loaded, with `{parameter}` where a value belongs."""

    type: str
    src: str | None
    attributes: dict[str, str]
    calls: list[VendorCall]
    setup: NotRequired[list[PageGlobal]]
    construct: NotRequired[Construct]


class VendorParameter(TypedDict):
    """What whoever adds a tag fills in; `pattern` is for the whole value, `choices` are all values with their words."""

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
    """What inline code uses of a vendor's library, and what stands in the address of that library."""

    code: str
    library: str


class VendorSnippet(TypedDict):
    """How a vendor's code looks where a page has it inline: regular expressions."""

    code: list[str]
    tag: NotRequired[str]
    values: NotRequired[dict[str, str]]
    address: NotRequired[str]


class VendorSource(TypedDict):
    """Where facts of a vendor file come from, and the day when somebody compared them."""

    facts: list[str]
    source: str
    checked: str | None


class VendorDocument(TypedDict):
    """A vendor file of the catalogue, or one that an owner wrote (data/vendor.schema.json)."""

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


class ResolvedGroup(TypedDict):
    """A group under a rule: its rank, and the first 8 hex digits of its purpose keys, newest first."""

    level: int
    keys: list[str]


class ResolvedTag(_Except):
    """A tag under the rule of a place and day; `level` is a rank of `consent.core.groups`."""

    id: str
    vendor: str
    group: str
    level: int
    flagged: bool
    third: bool
    exempt: bool
    relaxed: NotRequired[bool]
    hold: str | None
    only: list[str]
    bound: NotRequired[bool]
    covered: list[str]
    limited: str | None
    tcf: NotRequired[TcfTag]
    trigger: NotRequired[Trigger]


class ResolvedFacts(TypedDict):
    """What a page and the service both know of a config under a rule (see `consent.core.resolve`)."""

    rule: str
    regime: str
    letters: str
    letters_by_age: dict[str, str]
    under: dict[str, str]
    life: int
    keep: int
    scope: str
    gpc: bool
    dnt: bool
    quiet: bool
    status: bool
    links: list[str]
    sensitive: bool | list[str]
    barred: str
    minors: dict[str, list[int]]
    child: bool
    ask_new: bool
    groups: dict[str, ResolvedGroup]
    tags: list[ResolvedTag]
    tcf: NotRequired[TcfOffer]


class Resolved(ResolvedFacts):
    """A config under one rule on one day, counted from 1970-01-01."""

    place: str
    day: int


class PageResolved(ResolvedFacts):
    """A resolved config as a page gets it; `keys` are what a choice is written under."""

    keys: NotRequired[dict[str, str]]


class ChoiceFacts(TypedDict):
    """The part of a resolved config that a script needs to write a choice."""

    regime: str
    letters: str
    gpc: bool
    dnt: bool
    keys: dict[str, str]


class GroupAnswer(TypedDict):
    """What a decision says of a group; `essential` has no rule."""

    granted: bool
    reason: str
    rule: NotRequired[str]


class TagAnswer(TypedDict):
    """What a decision says of a tag; `mode` is `full`, `limited` or `held`, `trigger` what it waits for in the page."""

    id: str
    vendor: str
    group: str
    mode: Mode
    reason: str
    rule: str
    trigger: NotRequired[Trigger]


class PlaceFacts(TypedDict):
    """A place by ISO 3166 codes, and where it is known from."""

    country: str | None
    subdivision: str | None
    source: str


class SignalFacts(TypedDict):
    """The signals of a browser, an age band, and for a decision alone the age in whole years where the site told it."""

    gpc: bool
    dnt: bool
    age_band: str
    age: NotRequired[int]


class SignalClaims(TypedDict):
    """What a receipt says of the signals of a browser and of an age: its band, and whether it came of an exact one."""

    gpc: bool
    dnt: bool
    age_band: str
    exact_age: NotRequired[bool]


class VisitFacts(TypedDict):
    """What a decision and a script say of a visit."""

    site: str
    config: str
    version: int
    place: PlaceFacts
    regime: str
    rules_version: str
    language: str
    variant: str


class PageLink(TypedDict):
    """A link that a place asks for: where it leads or what it does."""

    label: str
    url: NotRequired[str]
    action: NotRequired[str]
    group: NotRequired[str]
    icon: NotRequired[bool]


class PageTheme(TypedDict):
    """The look of a banner as a script takes it."""

    css: str
    position: str


class NamedCookie(TypedDict):
    """A cookie or storage item as a script takes it, to delete it with a refusal."""

    name: str
    pattern: bool
    kind: str
    group: str
    vendor: str | None
    domain: str | None


class VendorOptOut(TypedDict):
    """Where a visitor opts out of a vendor whose cookies no page of the site can delete."""

    url: str
    text: str


class VendorActsParts(TypedDict, total=False):
    """What a script takes of some vendors alone."""

    consent: VendorConsent
    opt_out: VendorOptOut
    policy: str


class VendorActs(VendorActsParts):
    """A vendor as a script takes it."""

    name: str
    revoke: list[FunctionCall]
    hosts: list[str]


class ActsOptions(TypedDict, total=False):
    """What the part `acts` works with on some sites alone."""

    back: ReopenButton


class Acts(ActsOptions):
    """What the part `acts` of a script works with."""

    tags: dict[str, Load]
    vendors: dict[str, VendorActs]
    cookies: list[NamedCookie]
    texts: dict[str, str]
    run: list[str]


class AheadAnswer(TypedDict):
    """A decision made ahead: mode and reason of each group and tag."""

    show: str
    status: str | None
    expires: str | None
    answers: list[str]


class Ahead(TypedDict):
    """What the service decided ahead, for a visitor without a choice and after each answer of the first layer."""

    rule: str
    links: list[str]
    named: list[str]
    pages: list[str]
    ask: AheadAnswer
    accept_all: AheadAnswer
    reject_all: AheadAnswer


class EarlyFacts(TypedDict):
    """What the parts of a script work with that come before all others."""

    guarded: NotRequired[list[tuple[str, str | None, list[str]]]]
    foreign: NotRequired[bool | dict[str, str]]


GppValue = int | str | list[int | str]
"""Of a field of a GPP section: fixed, or the name of what fills it in."""
GppField = tuple[str, int, int, GppValue]
"""A field of a GPP section: its name, the bits of a value, how many values it has, and what they are."""


class GppSection(TypedDict):
    """A section of the visitor's GPP string: `gpc` tells whether it has the segment of that signal."""

    id: int
    prefix: str
    gpc: bool
    fields: list[GppField]


class GppAnswer(TypedDict):
    """The GPP string of a decision, and the sections that apply, which are `gpp_sid` in OpenRTB; [-1] where none does."""

    string: str
    applicable_sections: list[int]


class OldFacts(TypedDict):
    """What a page reads the choice of another tool with; `mapping` is the hash of the mapping that a user confirmed."""

    mapping: str
    tool: str
    cookie: str
    categories: dict[str, str]
    delete: bool
    revision: int
    life: int | None
    keys: dict[str, str]
    months: int


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


class DrawnVariantParts(TypedDict, total=False):
    """What a variant shows otherwise than the rest of the payload says."""

    look: PageTheme
    words: list[list[str]]
    texts: dict[str, str]


class DrawnVariant(DrawnVariantParts):
    """A variant that a page may draw: its share among others, and the token of what it then shows."""

    id: str
    weight: int
    token: str


class PageOptions(TypedDict, total=False):
    """What a script's core needs on some sites, places and languages alone."""

    draw: list[DrawnVariant]

    handle: bool
    scope: str
    linked: dict[str, list[list[str]]]
    direction: str
    sends: list[str]
    sightings: int
    watch: dict[str, list[str]]
    triggers: dict[str, Trigger]
    region: str
    asked: list[str]
    gpp: list[GppSection]
    tcf: TcfPage
    accounts: bool
    old: OldFacts
    apps: bool
    headless: bool


class PageFacts(PageOptions, EarlyFacts):
    """What a script's core needs beside the decision."""

    links: list[PageLink]
    policy: str | None
    eager: str
    look: PageTheme
    words: list[list[str]]
    texts: dict[str, str]
    others: str


class PayloadParts(TypedDict, total=False):
    """What a script comes with in some cases; `later` and `screens` are addresses of code that is loaded when needed."""

    ahead: Ahead
    acts: Acts
    later: str
    screens: str
    handover: list[str]


class Payload(PayloadParts, PageFacts):
    """What a script comes with; `resolved` is whole where the part `acts` has come."""

    signals: SignalFacts
    visit: VisitFacts
    token: str
    resolved: PageResolved | ChoiceFacts


class AccountFacts(TypedDict):
    """What a decision says of the account of who is signed in: what applies here, and what the visitor may be told."""

    state: str
    applies: str
    mode: str
    version: int
    signal: str | None
    lines: list[str]


class DecisionParts(TypedDict, total=False):
    """What a decision is answered with in some cases: the token of a page, what its script needs, sources of a CSP."""

    account: AccountFacts
    token: str
    banner: Payload
    sources: list[str]
    gpp: GppAnswer
    tcf: TcfAnswer


class DecisionView(DecisionParts, VisitFacts):
    """A decision as the API answers it."""

    signals: SignalFacts
    show: str
    status: str | None
    links: list[str]
    expires: str | None
    groups: dict[str, GroupAnswer]
    tags: list[TagAnswer]
    allowed_tags: list[str]
    limited_tags: list[str]


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
