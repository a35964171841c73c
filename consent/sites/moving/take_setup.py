"""Import the setup of another consent tool into a draft, and report what was taken, guessed, and left to the user."""

import copy
import json
import re
import time
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import NamedTuple
from urllib.parse import urljoin

from consent.classifier.catalog import Catalog, ParameterError, TagTemplate, Vendor, fill
from consent.classifier.recognition.consent_tools import consent_tool_in
from consent.classifier.recognition.inline_code import readable
from consent.classifier.recognition.known_tags import KnownProduct, KnownTags
from consent.core.documents.config import Draft
from consent.core.documents.site_settings import OldChoices
from consent.core.documents.tags import Load
from consent.core.groups import ESSENTIAL, OPTIONAL
from consent.core.paths import matches
from consent.core.translatable import translatable
from consent.log.audit_author import Author
from consent.presentation.languages import languages
from consent.presentation.texts import TEXT_KEYS
from consent.sites.add_found_tags import NEW, add, group_of, offers
from consent.sites.custom.code import MARKED
from consent.sites.draft import add_tag, check_draft, set_enabled, set_trigger
from consent.sites.draft_changes import changed_parts
from consent.sites.found_tags import HTML, FoundTag
from consent.sites.moving.container_triggers import Firing
from consent.sites.moving.mapping import is_name, plain, suggested
from consent.sites.moving.old_choices import TOOLS, VENDOR
from consent.sites.moving.setup import CONTAINER, Service, Setup, group_of_word
from consent.storage.database.base import Transaction
from consent.storage.sites import draft_origins, sites
from consent.storage.sites.sites import SiteRow

ALIASES = {
    "ga": "google-analytics",
    "ga4": "google-analytics",
    "googleanalytics": "google-analytics",
    "gtag": "google-analytics",
    "gtm": "google-tag-manager",
    "adwords": "google-ads",
    "googleadwords": "google-ads",
    "facebook": "meta-pixel",
    "facebookpixel": "meta-pixel",
    "fbpixel": "meta-pixel",
    "bing": "microsoft-ads",
    "bingads": "microsoft-ads",
    "clarity": "microsoft-clarity",
    "linkedin": "linkedin-insight",
    "tiktok": "tiktok-pixel",
    "pinterest": "pinterest-tag",
    "snapchat": "snapchat-pixel",
    "piwik": "matomo",
    "adsense": "google-adsense",
    "recaptcha": "google-recaptcha",
    "maps": "google-maps",
    "mouseflow": "mouseflow",
}
"""Names that setups commonly use for products, in lowercase letters and digits."""
STRICTER = {"youtube": "youtube-cookies"}
"""Products that are two vendors, which their name doesn't tell apart: the id of each, and that of the stricter one."""
MIN_COOKIES = 1
NAMED_SERVICES = ("klaro", "orejime", "tarteaucitron")
"""Tools whose cookie has a flag for each service."""
BY_NAME, BY_COOKIES = "name", "cookies"
"""How a service was recognized that its own id or code doesn't identify."""


class Report(NamedTuple):
    """The results of importing a setup, in sentences. Nothing is published."""

    tool: str
    taken: list[str]
    guessed: list[str]
    undecided: list[str]
    left: list[str]

    @property
    def sections(self) -> list[tuple[str, list[str]]]:
        """Return the headings of a report that have sentences, with those sentences."""
        parts = (
            (translatable("Taken"), self.taken),
            (translatable("Guessed: please check"), self.guessed),
            (translatable("For you to decide"), self.undecided),
            (translatable("Not taken"), self.left),
        )
        return [(heading, sentences) for heading, sentences in parts if sentences]


class Taken(NamedTuple):
    """The draft with the imported setup, the report, and the suggested mapping of choices."""

    draft: Draft
    report: Report
    mapping: OldChoices | None


class Product(NamedTuple):
    """A service's product: its vendor, its tag if that is clear, its ids, and how it was recognized."""

    vendor: Vendor
    template: TagTemplate | None
    parameters: Mapping[str, str]
    address: str = ""
    guessed_by: str = ""


def save_setup(transaction: Transaction, site: SiteRow, taken: Taken, revision: int, before: Draft, by: Author) -> None:
    """Save the draft with its audit entry. Raises StaleDraftError if someone else changed it in the meantime."""
    now = int(time.time())
    number = sites.save_draft(transaction, site.id, json.dumps(taken.draft, ensure_ascii=False), revision)
    parts = changed_parts(before, taken.draft)
    by.record(transaction, site, "draft.changed", f"draft {number}", *parts, now)
    draft_origins.edited(transaction, site.id, {name for side in parts for name in side}, by.who.id, now)


def take_setup(draft: Draft, setup: Setup, catalog: Catalog, row_codes: list[str] | None = None) -> Taken:
    """Return `draft` with what could be imported from `setup`. Raises DraftError if the result wouldn't be a valid draft."""
    name = "Google Tag Manager" if setup.tool == CONTAINER else TOOLS[setup.tool].name
    report = Report(name, [], [], list(setup.undecided), list(setup.left))
    new = copy.deepcopy(draft)
    vendors: dict[str, str] = {}
    named: set[str] = set()
    for service in setup.services:
        products = list(_products(service, catalog, {vendor["id"] for vendor in new["vendors"]}))
        if not products:
            _report_unknown(service, setup, report)
        for product in products:
            new = _with_product(new, service, product, catalog, report)
        found = {product.vendor.id for product in products}
        named |= found
        if len(found) == 1:
            vendors[service.name] = found.pop()
    if any(service.in_page for service in setup.services) and not new["overrides"].get("foreign_marks"):
        new["overrides"]["foreign_marks"] = True
        report.taken.append(
            translatable(f"The markup of {name} in your pages works here too: the pages can stay as they are.")
        )
    new = _with_names(new, setup, vendors)
    new = _with_texts(new, setup, report)
    new = _with_policy(new, setup, report)
    check_draft(new, row_codes)
    return Taken(new, report, _mapping(new, setup, vendors, named))


def _products(service: Service, catalog: Catalog, present: Collection[str]) -> Iterator[Product]:
    """Yield the products of a service: by its own id, else by its code, else by its name, else by its cookies.

    `present` are the ids of the draft's vendors.
    """
    if service.vendor:
        vendor = catalog.vendor(service.vendor)
        template = vendor.tag(service.template) if service.template else _only_tag(vendor)
        yield Product(vendor, template, service.parameters)
        return
    known = {(one.vendor, one.template): one for one in _tags_in_pieces(service, catalog) if one.vendor}
    for one in known.values():
        vendor = catalog.vendor(one.vendor)
        template = vendor.tag(one.template) if one.template else _only_tag(vendor)
        yield Product(vendor, template, one.parameters, one.address)
    if known:
        return
    if named := _by_name(service, catalog, present):
        yield Product(named, _only_tag(named), {}, guessed_by=BY_NAME)
    elif owner := _by_cookies(service, catalog):
        yield Product(owner, _only_tag(owner), {}, guessed_by=BY_COOKIES)


def _tags_in_pieces(service: Service, catalog: Catalog) -> Iterator[KnownProduct]:
    tags, codes = _known_tags(catalog), [piece.code for piece in service.pieces if piece.code]
    for piece in service.pieces:
        if piece.src:
            address = urljoin("https:", piece.src) if piece.src.startswith("//") else piece.src
            yield from tags.products_at(address, piece.element, piece.attributes, codes)
        elif piece.code:
            code = readable(piece.code)
            yield from tags.in_code(code, [code])


@cache
def _known_tags(catalog: Catalog) -> KnownTags:
    return KnownTags(catalog)


def _by_name(service: Service, catalog: Catalog, present: Collection[str]) -> Vendor | None:
    """Return the vendor that a service names; if it may be either of two, the only one in the draft, or the stricter."""
    for text in (service.name.rpartition(":")[2], service.title):
        name = plain(text)
        if not name or group_of_word(text):
            continue
        wanted = plain(ALIASES.get(name, name))
        for vendor in catalog.vendors:
            if wanted in (plain(vendor.id), plain(vendor.name)):
                stricter = STRICTER.get(vendor.id, vendor.id)
                is_first = vendor.id in present and stricter not in present
                return vendor if is_first else catalog.vendor(stricter)
    return None


def _by_cookies(service: Service, catalog: Catalog) -> Vendor | None:
    """Return the vendor whose cookies match most of the service's names; None if two match equally many."""
    counts: dict[str, int] = {}
    for vendor in catalog.vendors:
        known = [(cookie["name"], cookie["pattern"]) for cookie in vendor.document["cookies"]]
        common = set(vendor.document.get("common_names", ()))
        hits = {
            name
            for name in service.cookies
            for kept, is_pattern in known
            if kept not in common and (matches(kept, name) if is_pattern else kept == name)
        }
        if len(hits) >= MIN_COOKIES:
            counts[vendor.id] = len(hits)
    best = [vendor for vendor, count in counts.items() if count == max(counts.values())]
    return catalog.vendor(best[0]) if len(best) == 1 else None


def _only_tag(vendor: Vendor) -> TagTemplate | None:
    return vendor.tags[0] if len(vendor.tags) == 1 else None


def _report_unknown(service: Service, setup: Setup, report: Report) -> None:
    name = service.title or service.name
    if group_of_word(service.name) and not service.pieces:
        return  # a category, which isn't a product
    if service.is_required:
        report.taken.append(
            translatable(f"{name} is the site's own and needs no consent: it is not blocked here either.")
        )
    elif tool := consent_tool_in(*(text for piece in service.pieces for text in (piece.src, piece.code))):
        report.left.append(
            translatable(
                f"{name} starts the consent tool {tool}, which is not imported: remove it together with the rest of"
                " that tool."
            )
        )
    elif setup.tool == CONTAINER or not service.in_page:
        report.undecided.append(translatable(f"{name} is not in the catalog: add it as custom code, or leave it out."))
    elif service.group:
        report.undecided.append(
            translatable(
                f"{name} (in {service.group}) is not in the catalog: describe its vendor under Tags. Until then its marked"
                " code is blocked as advertising."
            )
        )
    else:
        report.undecided.append(
            translatable(
                f"{name} is not in the catalog: describe its vendor under Tags. Until then its marked code is blocked as"
                " advertising."
            )
        )


def _with_product(draft: Draft, service: Service, product: Product, catalog: Catalog, report: Report) -> Draft:
    vendor, template, name = product.vendor, product.template, service.title or service.name
    label = name if plain(name) == plain(vendor.name) else f"{name} ({vendor.name})"
    if product.guessed_by:
        report.guessed.append(
            translatable(f"Recognized by name: {label}.")
            if product.guessed_by == BY_NAME
            else translatable(f"Recognized by cookies: {label}.")
        )
    if template is None and vendor.tags and service.in_page:
        template = vendor.tags[0]
        report.guessed.append(translatable(f"{label} is imported as its product {template.name}."))
    if template is None:
        if vendor.tags:
            report.undecided.append(translatable(f"{label} has several products: add the one that you use under Tags."))
        elif vendor.group != ESSENTIAL:
            report.left.append(
                translatable(f"{label} has no tag in the catalog: add it as custom code, or leave it out.")
            )
        return draft
    group = group_of(vendor, template)
    if any(tag["vendor"] == vendor.id and tag["template"] == template.id for tag in draft["tags"]):
        report.taken.append(translatable(f"{label} is in the draft already."))
        return draft
    if group == ESSENTIAL:
        report.undecided.append(
            translatable(f"{label} is essential: add it under Tags, and say what does not work without it.")
        )
        return draft
    draft, problem = _add_product_tag(draft, service, product, template, catalog, label)
    if problem:
        report.undecided.append(problem)
        return draft
    report.taken.append(
        translatable(f"{label} in the group {group}, from the page.")
        if service.in_page
        else translatable(f"{label} in the group {group}.")
    )
    if not draft["tags"][-1]["enabled"]:
        report.undecided.append(
            translatable(
                f"{label} is off: its triggers have no exact counterpart here. Set one on its page, then switch it on."
            )
        )
    elif "trigger" in draft["tags"][-1]:
        report.taken.append(translatable(f"{label} waits for the same trigger as in the container."))
    if service.is_required:
        report.undecided.append(
            translatable(f"{label} was always on. Here visitors are asked, because the catalog lists it under {group}.")
        )
    elif service.group not in (None, group):
        report.undecided.append(
            translatable(f"{label} was in {service.group}. Here it is in {group}, by its cookies and its tag.")
        )
    return draft


def _add_product_tag(
    draft: Draft, service: Service, product: Product, template: TagTemplate, catalog: Catalog, label: str
) -> tuple[Draft, str]:
    """Return `draft` with a tag, or unchanged with a sentence on why it has none."""
    if service.in_page or template.load["type"] == MARKED:
        vendor, parameters = product.vendor, dict(product.parameters)
        found = FoundTag(
            vendor.id, template.id, vendor.name, None, parameters, product.address, HTML, held=False, reason=""
        )
        offered = [one for one in offers(draft, [found], catalog) if one.state == NEW]
        return (add(draft, offered, {})[0], "") if offered else (draft, translatable(f"{label} is there already."))
    try:
        load = fill(template, product.parameters)
    except ParameterError as error:
        needed = ", ".join(error.fields)
        return draft, translatable(f"{label} needs more information than the file has ({needed}). Add it under Tags.")
    added = add_tag(draft, product.vendor, template.id, load, dict(product.parameters))
    return _with_firing(added, service.firing, load), ""


def _with_firing(draft: Draft, firing: Firing, load: Load) -> Draft:
    """Return `draft` with its last tag waiting for the same trigger as before; disabled if there is no exact counterpart."""
    tag_id = draft["tags"][-1]["id"]
    if not firing.is_exact:
        return set_enabled(draft, tag_id, False)
    if firing.trigger is None:
        return draft
    # A library loads once, however often its tag fired; only a pixel counts each time it is loaded.
    repeats = firing.is_repeated and load["type"] == "pixel" and firing.trigger["on"] not in ("scroll", "time")
    return set_trigger(draft, tag_id, {**firing.trigger, "repeat": True} if repeats else firing.trigger)


def _with_names(draft: Draft, setup: Setup, vendors: Mapping[str, str]) -> Draft:
    """Return `draft` with the vendors that marks in pages refer to by names other than their ids."""
    marked = [service for service in setup.services if service.in_page and service.name in vendors]
    if setup.tool == "vanilla-cookieconsent":
        marked = [service for service in marked if ":" in service.name]  # its categories are known by their words
    names = {service.name.rpartition(":")[2]: vendors[service.name] for service in marked}
    present = {vendor["id"] for vendor in draft["vendors"]}
    own = {name: vendor for name, vendor in names.items() if vendor in present and plain(name) != plain(vendor)}
    own = {name: vendor for name, vendor in own.items() if is_name(name)}
    if own and setup.tool != "cookiebot":
        draft["overrides"]["mark_names"] = {**draft["overrides"].get("mark_names", {}), **own}
    return draft


def _with_texts(draft: Draft, setup: Setup, report: Report) -> Draft:
    known = {code.lower(): code for code in languages()}
    taken = []
    for language, texts in setup.texts.items():
        code = known.get(language.replace("_", "-").lower())
        own = {key: text for key, text in texts.items() if key in TEXT_KEYS}
        if not own:
            continue
        if code is None:
            report.left.append(translatable(f"Texts in the language {language[:20]}, which the banner does not have."))
            continue
        present = draft["texts"]["languages"].setdefault(code, {})
        for key, text in own.items():
            present.setdefault(key, text)
        taken.append(code)
    if taken:
        report.taken.append(translatable(f"Banner texts in {', '.join(sorted(taken))}."))
        report.undecided.append(
            translatable("Check the texts under Banner: those of the former tool may lack what the law requires.")
        )
    return draft


def _with_policy(draft: Draft, setup: Setup, report: Report) -> Draft:
    address = setup.policy_url
    if address.startswith("/") and not address.startswith("//") and draft["hosts"]:
        address = draft["hosts"][0] + address
    if address.startswith("https://") and not draft["controller"]["policy_url"] and not set(address) & set(" \"'<>\\"):
        draft["controller"]["policy_url"] = address[:500]
        report.taken.append(translatable(f"The privacy policy at {address[:500]}."))
    return draft


def _vanilla_services(
    draft: Draft, setup: Setup, vendors: Mapping[str, str], groups: Mapping[str, str]
) -> dict[str, str]:
    """Return the targets of services, such as `analytics:ga4`: without them, a category with services is not granted."""
    present, targets = {vendor["id"] for vendor in draft["vendors"]}, {}
    for service in setup.services:
        category, _, name = service.name.partition(":")
        # A mark without a name has its code here.
        if category in groups and is_name(service.name) and re.fullmatch(r"[\w.-]{1,60}", name):
            vendor = vendors.get(service.name, "")
            targets[service.name] = VENDOR + vendor if vendor in present else groups[category]
    return targets


def _mapping(draft: Draft, setup: Setup, vendors: Mapping[str, str], named: Collection[str]) -> OldChoices | None:
    """Return a mapping of the old tool's choices for a user to confirm."""
    if setup.tool not in TOOLS:
        return None
    mapping = suggested(setup.tool)
    mapping["vendors"] = sorted({tag["vendor"] for tag in draft["tags"] if tag["group"] != ESSENTIAL} & set(named))
    if setup.tool in NAMED_SERVICES:
        present = {vendor["id"] for vendor in draft["vendors"]}
        for service in setup.services:
            vendor = vendors.get(service.name, "")
            target = VENDOR + vendor if vendor in present else service.group
            if is_name(service.name) and (target in OPTIONAL or (target and target.startswith(VENDOR))):
                mapping["categories"][service.name] = target
    elif setup.tool == "vanilla-cookieconsent":
        words = {word for service in setup.services for word in service.words}
        found = {word: group for word in sorted(words) if (group := group_of_word(word)) in OPTIONAL}
        mapping["categories"] = (found or mapping["categories"]) | _vanilla_services(draft, setup, vendors, found)
    if setup.cookie:
        mapping["cookie"] = setup.cookie
    if setup.life and TOOLS[setup.tool].life:
        mapping["life"] = setup.life
    if setup.revision:
        mapping["revision"] = setup.revision
    return mapping
