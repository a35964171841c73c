"""Page of one receipt: its choice in words, signature check, and the visitor's timeline."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from consent.core.days import date_of
from consent.core.documents.config import Config
from consent.core.groups import OPTIONAL
from consent.core.receipt import ReceiptClaims, ReceiptRecord, TcfClaims
from consent.core.rules import STRICTEST, Place
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import config_document
from consent.dashboard.frame.gpp_labels import gpp_rows
from consent.dashboard.frame.labels import (
    ACTION_WORDS,
    CAUSE_WORDS,
    LAYER_WORDS,
    METHOD_WORDS,
    SIGNAL_WORDS,
    regime_words,
)
from consent.dashboard.frame.locale import language_words, place_words
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.frame.reason_labels import MODE_BADGES, MODE_WORDS, reason_text
from consent.dashboard.frame.version_list import version_rows
from consent.dashboard.receipts.tcf_labels import Names, tcf_view
from consent.log.audit_labels import author_text
from consent.runtime.banner_replay import RedrawnBanner, redraw
from consent.runtime.decisions import decided, receipt_gpp, undecided
from consent.signing.receipt_claims import SignatureError, verify_jws
from consent.sites.law.law_days import law_days_of
from consent.sites.law.sources import sources_of
from consent.sites.moving.old_choices import TOOLS
from consent.sites.vendor_lists.site_cut import names_of_file
from consent.storage.archive import detached_months
from consent.storage.archive.detached_months import Detached
from consent.storage.database.base import db
from consent.storage.database.partitions import month_of
from consent.storage.log import actors, tree_store
from consent.storage.privacy import marks
from consent.storage.privacy.erasures import Act
from consent.storage.privacy.marks import Mark
from consent.storage.receipts import receipts as store
from consent.storage.sites import configs
from consent.storage.sites.sites import SiteRow
from consent.storage.subjects import accounts


class TagRow(NamedTuple):
    """A tag: `mode` and `reason` are after the choice, `before` is the mode for the same visitor without a choice.

    `is_paged` if the site ran it only on certain pages.
    """

    name: str
    vendor: str
    group: str
    mode: str
    reason: str
    before: str
    is_paged: bool


def tag_rows(redrawn: RedrawnBanner, claims: ReceiptClaims) -> list[TagRow]:
    """Return the tags of the config that the receipt answers, in the config's order."""
    document = redrawn.showing.config.document
    names = {tag["id"]: tag["name"] for tag in document["tags"]}
    vendors = {vendor["id"]: vendor["name"] for vendor in document["vendors"]}
    paged = {tag["id"] for tag in document["tags"] if tag["pages"]["only"] or tag["pages"]["except"]}
    before = {tag["id"]: tag["mode"] for tag in undecided(redrawn.showing).tags}
    return [
        TagRow(
            names[tag["id"]],
            vendors.get(tag["vendor"], tag["vendor"]),
            tag["group"],
            tag["mode"],
            reason_text(tag, claims["regime"]),
            before[tag["id"]],
            tag["id"] in paged,
        )
        for tag in decided(redrawn.showing, claims).tags
    ]


class Step(NamedTuple):
    """A receipt in a visitor's timeline: `kind` is `chosen`, `changed`, `repeated` or `withdrawn`.

    `changes` has the group or vendor ids that changed, and whether each is now granted, or None if the choice doesn't
    include it. `marks` are the kinds of marks that exclude the receipt from use.
    """

    receipt: ReceiptRecord
    kind: str
    changes: list[tuple[str, bool | None]]
    marks: list[str]


def steps_of(timeline: Sequence[ReceiptRecord], marked: Mapping[str, Collection[str]]) -> list[Step]:
    """Return a visitor's timeline, oldest first; `marked` has the receipt IDs by kind of mark."""
    pairs = pairwise([None, *timeline])
    return [
        _step(before, one, [kind for kind, ids in marked.items() if one.id in ids])
        for before, one in pairs
        if one is not None
    ]


def _step(before: ReceiptRecord | None, one: ReceiptRecord, marks: list[str]) -> Step:
    earlier, now = _choices(before) if before else {}, _choices(one)
    changes = [
        (name, now.get(name)) for name in dict.fromkeys([*now, *earlier]) if now.get(name) is not earlier.get(name)
    ]
    if one.action == "withdraw":
        kind = "withdrawn"
    elif before is None:
        kind = "chosen"
    else:
        kind = "changed" if changes else "repeated"
    return Step(one, kind, changes, marks)


def _choices(one: ReceiptRecord) -> dict[str, bool | None]:
    vendors: dict[str, bool] = json.loads(one.vendors)
    return {group: getattr(one, group) for group in OPTIONAL} | vendors


MARKS = (marks.HOLD, marks.RESTRICTION, marks.OBJECTION)


@blueprint.get("/sites/<site>/receipts/<receipt>")
@allowed("read_receipts")
def receipt_page(site: SiteRow, receipt: str) -> ResponseReturnValue:
    """Show one receipt of the site."""
    if detached := _detached(site, receipt):
        return detached
    receipt_row = find_receipt(site, receipt)
    if receipt_row.erased:
        return _erased(site, receipt_row, receipt_row.leaf_hash)
    claims, redrawn = claims_of(receipt_row.jws), redrawn_of(receipt_row)
    config = _named_config(receipt_row, claims)
    numbers = {row.name: row.number for row in version_rows(site)}
    personal = store.personal(db.session, receipt_row.id)
    rule_code = _rule_code(receipt_row, config)
    gpp = receipt_gpp(redrawn.showing, claims) if claims and redrawn else None
    unlinked = None if personal else services().privacy.eraser.act_of(site, receipt_row.id)
    return render_template(
        "dashboard/receipts/receipt.html",
        receipt=receipt_row,
        claims=claims,
        personal=personal,
        account=_account(site, personal.body) if personal else None,
        rule_code=rule_code,
        sources=sources_of(rule_code),
        unlinked=unlinked,
        who=_who(unlinked),
        timeline=_timeline(site, receipt_row),
        tags=tag_rows(redrawn, claims) if claims and redrawn else None,
        gpp=gpp,
        gpp_sections=gpp_rows(gpp["string"]) if gpp else [],
        tcf=tcf_view(claims, config, _names(claims["tcf"])) if claims and "tcf" in claims else None,
        mode_words=MODE_WORDS,
        mode_badges=MODE_BADGES,
        marks={kind: mark for kind in MARKS if (mark := _mark(receipt_row, kind))},
        now=services().now,
        version=numbers.get(receipt_row.config),
        versions=numbers,
        has_variants=config is None or len(config["variants"]) > 1,
        variant_name=_variant_name(receipt_row, config),
        vendors={vendor["id"]: vendor["name"] for vendor in (config["vendors"] if config else [])},
        controller=config["controller"] if config else {},
        former_tools={tool: facts.name for tool, facts in TOOLS.items()},
        action_words=ACTION_WORDS,
        method_words=METHOD_WORDS,
        layer_words=LAYER_WORDS,
        signal_words=SIGNAL_WORDS,
        regime_words=regime_words,
        language_words=language_words,
        place_words=place_words,
    )


def _named_config(receipt: ReceiptRecord, claims: ReceiptClaims | None) -> Config | None:
    """Return the config that was shown or, if none was, the one that the choice was judged by."""
    facts: Mapping[str, Any] = claims or {}
    return config_document(receipt.config or facts.get("judged_by"))


def _variant_name(receipt: ReceiptRecord, config: Config | None) -> str:
    """Return the owner's name for the variant that a receipt answers, or an empty string."""
    variants = config["variants"] if config else []
    return next((one.get("name", "") for one in variants if one["id"] == receipt.variant), "")


def _names(tcf: TcfClaims) -> Names:
    """Return the names of purposes, features and vendors on the second layer, from those of its files still stored."""
    texts, vendors = (configs.get_artifact(db.session, tcf[name]) for name in ("texts", "vendor_texts"))
    by_kind: dict[str, dict[str, str]] = names_of_file(texts) if texts else {}
    named = {str(one["id"]): one["name"] for one in json.loads(vendors)["vendors"]} if vendors else {}
    return Names(by_kind.get("purposes", {}), by_kind.get("special_features", {}), named)


def _account(site: SiteRow, personal: str) -> str | None:
    """Return the current number of the account in a receipt's personal part, or None."""
    number = json.loads(personal).get("account")
    realm = services().privacy.subjects.realm_of(site.id, site.key)
    return accounts.present_number(db.session, realm, number) if number else None


def _rule_code(receipt: ReceiptRecord, config: Config | None) -> str:
    """Return the code of the row in today's rules for a receipt's place and day."""
    rest = config["overrides"]["rest_of_world"] if config else STRICTEST
    rules, place = services().rules, Place(receipt.country, receipt.subdivision)
    return rules.rule_at(place, date_of(law_days_of(rules).day(place, receipt.time)), rest).code


def _detached(site: SiteRow, receipt: str) -> str | None:
    """Return the page of a receipt in a detached month, or None for any other receipt."""
    row = detached_months.get(db.session, receipt)
    if row is None or row.site_id != site.id:
        return None
    leaf = tree_store.tile_reader(db.session, site.id)(0, row.log_index)
    if row.erased:
        return _erased(site, row, leaf)
    month = detached_months.find_month(db.session, site.id, month_of(row.time))
    personal = store.personal(db.session, row.id)
    return render_template(
        "dashboard/receipts/detached_month.html", receipt=row, month=month, leaf=leaf, personal=personal
    )


def _erased(site: SiteRow, receipt: ReceiptRecord | Detached, leaf: bytes) -> str:
    act = services().privacy.eraser.act_of(site, receipt.id)
    words = {"cause_words": CAUSE_WORDS, "who": _who(act)}
    return render_template("dashboard/receipts/erased.html", receipt=receipt, leaf=leaf, act=act, **words)


def _who(act: Act | None) -> Callable[[str], str]:
    names = actors.names_of(db.session, {act.by} if act else set())
    return lambda by: author_text(by, names)


def _timeline(site: SiteRow, receipt: ReceiptRecord) -> list[Step]:
    if not receipt.visitor:
        return []
    marked = {kind: marks.marked(db.session, site.id, kind) for kind in (marks.RESTRICTION, marks.OBJECTION)}
    return steps_of(store.timeline(db.session, site.id, receipt.visitor), marked)


def _mark(receipt: ReceiptRecord, kind: str) -> Mark | None:
    return marks.mark_on(db.session, receipt.site_id, kind, receipt.id, receipt.visitor)


def find_receipt(site: SiteRow, receipt: str) -> ReceiptRecord:
    """Return the site's receipt with this id, even an erased one. Answers 404 if there is none."""
    row = store.get(db.session, receipt)
    if row is None or row.site_id != site.id:
        abort(404)
    return row


def redrawn_of(receipt: ReceiptRecord) -> RedrawnBanner | None:
    """Return the banner that the receipt names, or None if the receipt was changed or erased, or it isn't stored."""
    claims = None if receipt.erased else claims_of(receipt.jws)
    if claims is None:
        return None
    given = services()
    return redraw(db.session, receipt.site_id, claims, given.rules, given.artifacts.banner)


def claims_of(jws: str) -> ReceiptClaims | None:
    """Return the claims of a signed receipt, or None if it wasn't signed by a key of this instance."""
    try:
        return verify_jws(jws, services().keys.jwks)
    except SignatureError:
        return None
