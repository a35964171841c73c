"""Search results for a text by kind; each source searches only what the caller may open."""

import datetime
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple
from urllib.parse import urlencode

from flask import request, url_for
from flask_babel import gettext

from consent.classifier.vendor_search import matched_names, short_names
from consent.core.documents.config import Draft
from consent.core.translatable import translatable
from consent.dashboard.frame.draft_labels import SETTING_WORDS, TEXT_WORDS
from consent.dashboard.frame.drafts import site_state
from consent.dashboard.frame.labels import GROUP_WORDS
from consent.dashboard.frame.locale import translated, viewer_locale
from consent.dashboard.frame.navigation import INSTANCE_PAGES, SITE_PAGES, Page
from consent.dashboard.frame.permissions import ACTIONS, may_on_all_sites, my_sites, roles_on
from consent.dashboard.frame.site_catalog import catalog_of
from consent.dashboard.insight.docs_search import search_docs
from consent.dashboard.insight.receipt_grammar import read_receipt_query
from consent.dashboard.insight.word_match import rank, words_of
from consent.dashboard.receipts.filter_chips import chips_of
from consent.dashboard.receipts.quick_find import ids_in
from consent.dashboard.receipts.search_params import Query
from consent.dashboard.scans.review import waiting_items
from consent.dashboard.scans.scan import ONE, SHOWN
from consent.sites.finding_labels import shown_name
from consent.storage.accounts import users
from consent.storage.database.base import db
from consent.storage.receipts import receipts
from consent.storage.scans import scans
from consent.storage.sites import configs
from consent.storage.sites.sites import SiteRow
from consent.web.docs_pages import has_docs

MAX_OF_A_KIND = 6
MIN_PREFIX, ID_LENGTH = 6, 32
DOCS_LANGUAGE = "en"


class Result(NamedTuple):
    """A search result: title, URL, a short note, and the language of both if it isn't the page's."""

    title: str
    url: str
    note: str = ""
    language: str = ""


class Kind(NamedTuple):
    """The results of one kind, with their heading."""

    heading: str
    results: list[Result]


class OtherPage(NamedTuple):
    """A page that isn't in a menu, or a part of a page, with search keywords."""

    endpoint: str
    title: str
    words: str
    action: str = "see"
    anchor: str | None = None


OTHER_PAGES = (
    OtherPage("find_template", translatable("Add a tag"), translatable("new pixel script vendor catalog"), "edit_tags"),
    OtherPage("new_code", translatable("Custom code"), translatable("paste html script own"), "edit_tags"),
    OtherPage(
        "new_own_vendor", translatable("Describe a vendor of your own"), translatable("custom new vendor"), "edit_tags"
    ),
    OtherPage("payment_pages", translatable("Payment pages"), translatable("checkout pci")),
    OtherPage("site_languages", translatable("Languages"), translatable("translation texts locale")),
    OtherPage("review_queue", translatable("Review"), translatable("unknown cookies unclassified findings")),
    OtherPage("check", translatable("Check my site"), translatable("health csp snippet"), "run_scan"),
    OtherPage("compare_versions", translatable("Compare versions"), translatable("diff difference history")),
    OtherPage("origins_page", translatable("Where values come from"), translatable("origin import file history")),
    OtherPage("exports", translatable("Exports"), translatable("csv jsonl download receipts"), "export_receipts"),
    OtherPage(
        "publishing_settings",
        translatable("Publishing settings"),
        translatable("approval second user four eyes"),
        "set_approval_rule",
    ),
    OtherPage(
        "preview_links", translatable("Preview links"), translatable("share preview on the site"), "share_preview"
    ),
    OtherPage(
        "site_facts",
        translatable("Name, duplicate, archive and delete"),
        translatable("rename copy remove restore the site"),
        "manage_site",
    ),
    OtherPage("tcf_settings", translatable("European privacy signal (TCF)"), translatable("iab consent string gvl")),
    OtherPage("alarms", translatable("Weekly summary"), translatable("digest report email"), anchor="channels"),
)
INSTANCE_OTHERS = (
    OtherPage("dashboard.site_list", translatable("All sites"), translatable("list archived deleted"), "start"),
    OtherPage("dashboard.new_site", translatable("Add a site"), translatable("new create website"), "add_site"),
    OtherPage(
        "dashboard.groups", translatable("Groups of sites"), translatable("share settings brand"), "manage_users"
    ),
    OtherPage(
        "dashboard.role_matrix", translatable("Roles"), translatable("permissions who may do what"), "own_account"
    ),
    OtherPage(
        "security.change_password",
        translatable("Account"),
        translatable("my profile password language second factor passkey"),
        "own_account",
    ),
    OtherPage(
        "security.change_password",
        translatable("Theme and time zone"),
        translatable("dark mode light appearance"),
        "own_account",
        "display",
    ),
    OtherPage(
        "dashboard.own_sessions",
        translatable("Where you are signed in"),
        translatable("sessions devices browsers sign out"),
        "own_account",
    ),
)
"""Pages of the whole instance and of the user that aren't in a menu, with their full endpoints."""
PAGE_WORDS = {
    "overview": translatable("home start dashboard"),
    "tags": translatable("pixels scripts trackers google consent mode triggers"),
    "preview": translatable("simulate visitor"),
    "banner": translatable("look colors texts design logo"),
    "experiment": translatable("a/b ab test split variants compare"),
    "scan": translatable("cookies crawl leaks"),
    "review": translatable("release go live draft"),
    "versions": translatable("history restore roll back rollback"),
    "statistics": translatable("rates opt-in consent rate analytics report"),
    "alarms": translatable("notifications alerts slack teams email webhook digest channels"),
    "receipts": translatable("consent records proof log"),
    "requests": translatable("dsar gdpr access erasure rights"),
    "retention": translatable("delete expiry prune"),
    "evidence": translatable("regulator audit pack"),
    "enforcement": translatable("blocked tags leaks monitoring days"),
    "audit": translatable("changes log who"),
    "rules": translatable("laws countries gdpr ccpa regimes gpc global privacy control"),
    "install": translatable("snippet embed script code"),
    "settings": translatable("hosts controller company options"),
    "delivery": translatable("receivers webhooks crm events send"),
    "site_import": translatable("move migrate other tool onetrust cookiebot klaro"),
    "domains": translatable("handover apps webviews cross domain"),
    "account_choices": translatable("signed in subject token key devices"),
    "users_page": translatable("people team invite roles members"),
    "tokens": translatable("api keys"),
    "instance_audit": translatable("changes log who"),
}
"""Additional search keywords for the menu's pages."""
ARTICLES = frozenset(
    {
        *("a", "an", "the", "to", "of", "my", "how", "do", "i"),
        *("der", "die", "das", "den", "des", "ein", "eine", "einen", "zu", "zur", "zum"),
        *("le", "la", "les", "un", "une", "du", "de", "à", "el", "los", "las", "una", "del"),
    }
)
"""Words, in the languages of the dashboard, that name no page or setting: `restore a version`."""
OF_TEXTS = frozenset(
    {
        *("text", "texts", "words", "wording", "of", "the", "on"),
        *("texte", "wörter", "der", "des", "le", "du", "de", "la", "los", "del", "texto"),
    }
)
"""Words, in the languages of the dashboard, that say that a text of the banner is meant, but not which."""
SETTING_PAGES = {"controller": "settings", "overrides": "settings", "look": "banner"}
"""The page of each section of settings; on the settings page, the section is the anchor."""
ON_OTHER_PAGES = {
    "payment_paths": "payment_pages",
    "rules": "rules",
    "one_rule": "rules",
    "rest_of_world": "rules",
    "honour_dnt": "rules",
    "ignore_gpc_where_silent": "rules",
    "reasons": "rules",
}


def results_of(site: SiteRow, text: str, today: datetime.date) -> list[Kind]:
    """Return what matches `text` by kind, without kinds that have no results."""
    words = words_of(text)
    naming = [word for word in words if word not in ARTICLES] or words
    draft = site_state(site).draft
    kinds: dict[str, Iterable[Result]] = {
        gettext("Receipts"): _receipts(site, text, today),
        gettext("Tags"): _best(_tags(site, draft, words)),
        gettext("Pages"): _best(_pages(site, naming)),
        gettext("Settings"): _best(_settings(site, naming)),
        gettext("Vendors"): _vendors(site, text),
        gettext("Cookies and stored items"): _best(_cookies(site, draft, words)),
        gettext("Found by scans"): _best(_findings(site, draft, words)),
        gettext("Users"): _best(_users(words)),
        gettext("Sites"): _best(_sites(site, words)),
        gettext("Documentation"): _docs(text),
    }
    listed = {heading: [*islice(results, MAX_OF_A_KIND)] for heading, results in kinds.items()}
    return [Kind(heading, results) for heading, results in listed.items() if results]


Ranked = Iterator[tuple[int, Result]]
"""Results with how well they match, 0 being best."""


def _best(ranked: Ranked) -> list[Result]:
    """Return the results, best first; of equal ones, earlier ones first."""
    return [result for _, result in sorted(ranked, key=lambda one: one[0])]


def _pages(site: SiteRow, words: list[str]) -> Ranked:
    roles = roles_on(site)
    for heading, pages in SITE_PAGES.items():
        for page in pages:
            score = _rank_of_page(page, words)
            if score is not None and roles & ACTIONS[page.action]:
                url = url_for(f"dashboard.{page.section}", site=site.key)
                yield score, Result(translated(page.label), url, translated(heading))
    for other in OTHER_PAGES:
        score = _rank_of_other(other, words)
        if score is not None and roles & ACTIONS[other.action]:
            url = url_for(f"dashboard.{other.endpoint}", site=site.key, _anchor=other.anchor)
            yield score, Result(translated(other.title), url)
    yield from _versions(site, words)
    for page in INSTANCE_PAGES:
        score = _rank_of_page(page, words)
        if score is not None and may_on_all_sites(page.action):
            url = url_for(f"dashboard.{page.section}")
            yield score, Result(translated(page.label), url, gettext("Whole instance"))
    for other in INSTANCE_OTHERS:
        score = _rank_of_other(other, words)
        if score is not None and ("" in ACTIONS[other.action] or may_on_all_sites(other.action)):
            yield score, Result(translated(other.title), url_for(other.endpoint, _anchor=other.anchor))


def _rank_of_page(page: Page, words: list[str]) -> int | None:
    known = PAGE_WORDS.get(page.section, "")
    return rank(words, translated(page.label), page.label, known, translated(known))


def _rank_of_other(page: OtherPage, words: list[str]) -> int | None:
    """Return how well the page's title or its keywords match, in English or in the language of the page."""
    return rank(words, translated(page.title), page.title, page.words, translated(page.words))


def _versions(site: SiteRow, words: list[str]) -> Ranked:
    """Yield the version whose number is meant: `version 3`, or `v3`."""
    *names, last = words or [""]
    number = last.removeprefix("v")
    is_meant = bool(names) or number != last
    if not (
        number.isascii() and number.isdecimal() and is_meant and rank(names, "version", gettext("Versions")) is not None
    ):
        return
    for version in configs.versions(db.session, site.id):
        if str(version.version) == number:
            url = url_for("dashboard.version_page", site=site.key, number=version.version)
            yield 0, Result(gettext("Version %(number)s", number=version.version), url)


def _settings(site: SiteRow, words: list[str]) -> Ranked:
    for section, page in SETTING_PAGES.items():
        for name, label in SETTING_WORDS[section].items():
            score = rank(words, label, name)
            if score is not None:
                endpoint = ON_OTHER_PAGES.get(name, page)
                anchor = section if endpoint == "settings" else None
                yield score, Result(label, url_for(f"dashboard.{endpoint}", site=site.key, _anchor=anchor))

    yield from _banner_texts(site, words)


def _banner_texts(site: SiteRow, words: list[str]) -> Ranked:
    """Yield the texts of the banner that are meant: `text of reject button`."""
    named = [word for word in words if word not in OF_TEXTS]
    for label in TEXT_WORDS.values():
        score = rank(named, label) if named else None
        if score is not None:
            yield score, Result(label, url_for("dashboard.banner", site=site.key, _anchor="words"), gettext("Text"))


def _tags(site: SiteRow, draft: Draft, words: list[str]) -> Ranked:
    vendors = {vendor["id"]: vendor for vendor in draft["vendors"]}
    for tag in draft["tags"]:
        vendor, ids = vendors[tag["vendor"]], [value for value in tag["parameters"].values() if value]
        texts = (tag["id"], vendor["name"], vendor["company"], *ids, *tag.get("labels", ()), tag.get("note", ""))
        called = " ".join(sorted(short_names()[vendor["id"]].names)) if vendor["id"] in short_names() else ""
        score = rank(words, f"{tag['name']} {called}", *texts)
        if score is not None:
            note = ", ".join([GROUP_WORDS[tag["group"]], gettext("on") if tag["enabled"] else gettext("off"), *ids[:1]])
            yield score, Result(tag["name"], url_for("dashboard.tag_page", site=site.key, tag=tag["id"]), note)


def _vendors(site: SiteRow, text: str) -> Iterator[Result]:
    for vendor in catalog_of(site).search(text):
        note = ", ".join([vendor.company, *matched_names(vendor, text)])
        yield Result(vendor.name, url_for("dashboard.vendor_page", site=site.key, vendor=vendor.id), note)


def _cookies(site: SiteRow, draft: Draft, words: list[str]) -> Ranked:
    tags = {tag["vendor"]: tag["id"] for tag in reversed(draft["tags"])}
    for cookie in draft["cookies"]:
        score = rank(words, cookie["name"])
        if score is not None:
            tag = tags.get(cookie["vendor"] or "")
            page = (
                url_for("dashboard.tag_page", site=site.key, tag=tag)
                if tag
                else url_for("dashboard.review_queue", site=site.key, _anchor="decided")
            )
            yield score, Result(cookie["name"], page, GROUP_WORDS.get(cookie["group"], ""))


def _findings(site: SiteRow, draft: Draft, words: list[str]) -> Ranked:
    """Yield what scans found and the draft does not list, on the page *Review* while it waits there, else on *Scan*."""
    listed = {cookie["name"] for cookie in draft["cookies"]}
    ranked = [
        (score, finding)
        for finding in scans.findings(db.session, site.id)
        if finding.name not in listed and (score := rank(words, shown_name(finding.name), finding.host)) is not None
    ]
    waiting = [item.finding.key for item in waiting_items(site, draft)[:SHOWN]] if ranked else []
    for score, finding in ranked:
        page = (
            url_for("dashboard.review_queue", site=site.key, _anchor=f"item-{waiting.index(finding.key) + 1}")
            if finding.key in waiting
            else url_for("dashboard.scan", site=site.key)
        )
        where = [finding.host] if finding.host != finding.name else []
        yield score, Result(shown_name(finding.name), page, ", ".join([ONE[finding.kind], *filter(None, where)]))


def _receipts(site: SiteRow, text: str, today: datetime.date) -> Iterator[Result]:
    if not roles_on(site) & ACTIONS["read_receipts"]:
        return
    if ids_in(text):
        yield Result(
            gettext("Receipt or visitor %(text)s", text=ids_in(text)[0][:8]),
            url_for("dashboard.find_receipt", site=site.key, q=text),
        )
    prefix = text.lower()
    if MIN_PREFIX <= len(prefix) < ID_LENGTH and not set(prefix) - set("0123456789abcdef"):
        for one in receipts.ids_with_prefix(db.session, site.id, prefix, MAX_OF_A_KIND):
            yield Result(
                gettext("Receipt %(id)s", id=one[:8]), url_for("dashboard.receipt_page", site=site.key, receipt=one)
            )
        for one in receipts.visitors_with_prefix(db.session, site.id, prefix, MAX_OF_A_KIND):
            page = url_for("dashboard.receipts", site=site.key)
            yield Result(gettext("Visitor %(id)s", id=one[:8]), f"{page}?{urlencode({'visitor': one})}")
    if filters := read_receipt_query(text, today, viewer_locale()):
        words = ", ".join(chip.words for chip in chips_of(Query(filters), {}, {}))
        yield Result(
            gettext("Receipts: %(filters)s", filters=words),
            f"{url_for('dashboard.receipts', site=site.key)}?{urlencode(filters)}",
        )


def _users(words: list[str]) -> Ranked:
    if may_on_all_sites("manage_users"):
        for user in users.every(db.session):
            score = rank(words, user.name or "", user.email)
            if score is not None:
                yield (
                    score,
                    Result(user.name or user.email, url_for("dashboard.user_page", user_id=user.id), user.email),
                )


def _sites(site: SiteRow, words: list[str]) -> Ranked:
    for one in my_sites():
        score = rank(words, one.name, one.key)
        if score is not None and one.id != site.id:
            yield score, Result(one.name, url_for("dashboard.overview", site=one.key))


def _docs(text: str) -> Iterator[Result]:
    """Yield places in the documentation, which the API's app serves."""
    if has_docs():
        for found in search_docs(text):
            yield Result(found.title, f"{request.script_root}/docs/{found.address}", found.note, DOCS_LANGUAGE)
