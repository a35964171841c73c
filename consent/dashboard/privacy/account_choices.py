"""Choices that follow accounts: keys of the site's server, and actions on an account at its owner's request."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from sqlalchemy import Connection

from consent.core.account import VENDOR, Entry
from consent.core.days import DAY_SECONDS
from consent.core.documents.config import Draft
from consent.core.documents.site_settings import AccountGroup
from consent.dashboard.auth.reauthentication import requires_recent_sign_in
from consent.dashboard.frame.audit import author
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import change_draft, site_state
from consent.dashboard.frame.labels import GROUP_WORDS, regime_words
from consent.dashboard.frame.locale import translated
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.frame.site_catalog import vendor_names
from consent.dashboard.privacy.subject import TYPED, held_words
from consent.privacy.eraser import LegalHoldError
from consent.privacy.marks_service import reason_error
from consent.privacy.subject_keys import TooManyKeysError, create_subject_key, retire_subject_key
from consent.publishing.preview import config_of
from consent.runtime.account_withdrawal import WithdrawalRequest, withdraw_grants
from consent.signing.receipt_claims import Signer
from consent.signing.subject_token import BadSubjectError
from consent.storage.accounts import site_groups
from consent.storage.database.base import db
from consent.storage.log import actors
from consent.storage.privacy import erasures
from consent.storage.selection.subjects import UnknownSubjectError, receipts_of_account
from consent.storage.sites.sites import SiteRow
from consent.storage.subjects import keys, realms
from consent.storage.subjects.accounts import Found
from consent.storage.tables.privacy import LEVELS
from consent.subjects.accounts import NoAccountsError, SignedIn
from consent.subjects.keyring import SubjectKeysMissingError

NUMBER = re.compile(r"[0-9a-f]{32}")
MAX_RECEIPTS = 20
FUNCTIONS = {
    words: (Path(__file__).parents[1] / "templates" / "dashboard" / "privacy" / f"_token_{kind}.txt").read_text("utf-8")
    for words, kind in (("Python", "python"), ("Node", "node"), ("PHP", "php"))
}
"""The functions that create tokens on a site's server, as in the documentation."""
UNKNOWN = "No account of this site has that number or subject."


class StatedAnswer(NamedTuple):
    """One of an account's answers in words; `day` is in unix seconds."""

    target: str
    is_granted: bool
    regime: str
    day: int


@blueprint.get("/sites/<site>/account-choices")
@allowed("read_rights")
def account_choices(site: SiteRow) -> ResponseReturnValue:
    """Show the keys of the site's server, and where to find an account."""
    return _page(site, {})


@blueprint.post("/sites/<site>/account-choices/keys")
@allowed("manage_subject_keys")
@requires_recent_sign_in
def create_account_key(site: SiteRow) -> ResponseReturnValue:
    """Create a key and show it once."""
    subjects = services().privacy.subjects
    try:
        kid, text = create_subject_key(db.session, subjects, site, author(), services().now)
    except (TooManyKeysError, SubjectKeysMissingError) as error:
        db.session.rollback()
        return _page(site, {"key": str(error)}), 409
    db.session.commit()
    subjects.drop_keys(site.id)
    return _page(site, {}, made=(kid, text))


@blueprint.post("/sites/<site>/account-choices/keys/<kid>/retirement")
@allowed("manage_subject_keys")
@requires_recent_sign_in
def retire_account_key(site: SiteRow, kid: str) -> ResponseReturnValue:
    """Retire a key permanently."""
    is_leaked = request.form.get("leaked") == "1"
    if not retire_subject_key(db.session, site, author(), kid, services().now, is_leaked=is_leaked):
        abort(404)
    db.session.commit()
    services().privacy.subjects.drop_keys(site.id)
    flash(gettext("Key %(kid)s is retired.", kid=kid), "success")
    return redirect(url_for("dashboard.account_choices", site=site.key, _anchor="keys"))


@blueprint.post("/sites/<site>/account-choices/found")
@allowed("read_rights")
def find_account(site: SiteRow) -> ResponseReturnValue:
    """Redirect to the account with the pasted number or subject, which is posted so that a subject isn't in a URL."""
    try:
        number = _number_of(site, request.form.get("account", "").strip())
    except SubjectKeysMissingError as error:
        return _page(site, {"account": str(error)}), 503
    if number is None:
        return _page(site, {"account": UNKNOWN}), 404
    return redirect(url_for("dashboard.account_choice", site=site.key, account=number))


@blueprint.post("/sites/<site>/account-choices/shared")
@allowed("edit_overrides")
def save_account_group(site: SiteRow) -> ResponseReturnValue:
    """Save which group's sites this one shares its accounts with, once published."""
    realm = request.form.get("realm", "")
    if realm and realm not in site_groups.realms_of(db.session, site.id):
        return _page(site, {"realm": gettext("This site is in no group that shares accounts under that key.")}), 422
    shared: AccountGroup = {"realm": realm}
    if request.form.get("named") == "1":
        shared["named"] = True

    def change(draft: Draft) -> Draft:
        overrides = draft["overrides"].copy()
        overrides.pop("account_group", None)
        if realm:
            overrides["account_group"] = shared
        return draft | {"overrides": overrides}

    change_draft(site, change)
    flash(gettext("Saved to the draft. Visitors get it after you publish."), "success")
    return redirect(url_for("dashboard.account_choices", site=site.key, _anchor="shared"))


@blueprint.get("/sites/<site>/account-choices/<account>")
@allowed("read_rights")
def account_choice(site: SiteRow, account: str) -> ResponseReturnValue:
    """Show what is stored about an account, and the available actions."""
    return _account_page(site, account, {})


@blueprint.post("/sites/<site>/account-choices/<account>/withdrawal")
@allowed("exercise_rights")
def withdraw_account(site: SiteRow, account: str) -> ResponseReturnValue:
    """Withdraw what an account has granted, on all devices."""
    signed_in, _ = _account(site, account)
    reason = request.form.get("withdrawal_reason", "").strip()
    if problem := reason_error(reason):
        return _account_page(site, account, {"withdrawal_reason": problem}), 422
    who, now, live = author(), services().now, site_state(site).live
    if live is None:
        abort(404)
    actors.remember(db.session, actors.ActorName(*who.who))
    db.session.commit()

    def note(connection: Connection, grants: int) -> None:
        erasures.record(connection, site.id, 0, erasures.Act(now, "unlink", "request", reason, who.who.id))
        who.record(connection, site, "account.withdrawn", "an account", None, {"grants": grants}, now)

    config, rules = config_of(live, site.id, services().rules), services().rules.version
    asked, signer = WithdrawalRequest("api", rules, config.default_language), Signer(services().keys.receipt)
    withdraw_grants(services().privacy.subjects, signer, config, signed_in, asked, now, note)
    flash(gettext("Withdrawn: the account no longer grants anything on any device."), "success")
    return redirect(url_for("dashboard.account_choice", site=site.key, account=account))


@blueprint.post("/sites/<site>/account-choices/<account>/erasure")
@allowed("exercise_rights")
@requires_recent_sign_in
def erase_account(site: SiteRow, account: str) -> ResponseReturnValue:
    """Erase an account's choices and receipts; irreversible, so part of the number must be typed."""
    (signed_in, _), level = _account(site, account), request.form.get("level", "")
    reason, errors = request.form.get("reason", "").strip(), {}
    if problem := reason_error(reason):
        errors["reason"] = problem
    if level not in LEVELS:
        errors["level"] = gettext("Choose what to delete.")
    if request.form.get("typed", "").strip().lower() != account[:TYPED]:
        errors["typed"] = gettext("Nothing was erased. Type %(typed)s to erase.", typed=account[:TYPED])
    if errors:
        return _account_page(site, account, errors), 422
    who = author().who
    actors.remember(db.session, actors.ActorName(*who))
    db.session.commit()
    try:
        done = services().privacy.accounts.erase(
            site, signed_in, level, keeps_refusals=level != "full", reason=reason, by=who.id
        )
    except UnknownSubjectError:
        abort(404)
    except LegalHoldError as error:
        return _account_page(site, account, {"level": held_words(error)}), 409
    except SubjectKeysMissingError as error:
        return _account_page(site, account, {"level": translated(str(error))}), 503
    erased = ngettext(
        "Erased the account and %(num)s receipt.", "Erased the account and %(num)s receipts.", done.receipts
    )
    kept = "" if level == "full" else " " + gettext("Its refusals still apply under a new number.")
    flash(erased + kept, "success")
    return redirect(url_for("dashboard.retention", site=site.key, _anchor="erased"))


def _number_of(site: SiteRow, text: str) -> str | None:
    subjects = services().privacy.subjects
    if NUMBER.fullmatch(text.lower()):
        found = subjects.by_number(site.id, site.key, text.lower())
        return found[1].number if found else None
    try:
        return subjects.find(subjects.named(text, site.id, site.key)).number
    except (NoAccountsError, BadSubjectError):
        return None


def _account(site: SiteRow, number: str) -> tuple[SignedIn, Found]:
    """Return the account with this number. Answers 404 if the site has none."""
    found = services().privacy.subjects.by_number(site.id, site.key, number) if NUMBER.fullmatch(number) else None
    if found is None:
        abort(404)
    return found


def _page(site: SiteRow, errors: dict[str, str], made: tuple[str, str] | None = None) -> str:
    subjects, every = services().privacy.subjects, keys.every(db.session, site.id)
    overrides, (realm, former) = site_state(site).draft["overrides"], realms.of_site(db.session, site.id)
    offered = site_groups.realms_of(db.session, site.id)
    return render_template(
        "dashboard/privacy/account_choices.html",
        keys=every[::-1],
        may_create=sum(key.retired_at is None for key in every) < keys.MAX_LIVE,
        is_on=bool(overrides.get("accounts")),
        realm=realm or site.key,
        former=former,
        partners=[one.key for one in realms.sites_in(db.session, realm) if one.id != site.id] if realm else [],
        shared_draft=overrides.get("account_group"),
        offered={one: site_groups.of_realm(db.session, one) for one in offered},
        problem=subjects.keyring.problem(),
        made=made,
        functions=FUNCTIONS,
        errors=errors,
        typed={} if made else request.form,
        now=services().now,
        day_seconds=DAY_SECONDS,
    )


def _account_page(site: SiteRow, number: str, errors: dict[str, str]) -> str:
    _, found = _account(site, number)
    present = str(found.number)
    receipts = receipts_of_account(db.session, site.id, present)
    names = vendor_names(site)
    typed: dict[str, object] = dict(request.form) if errors else {}
    return render_template(
        "dashboard/privacy/account_choice.html",
        number=present,
        stated=[_stated(entry, names) for entry in found.stored.account.entries],
        has_signal=bool(found.account.gpc),
        grants=sum(entry.s for entry in found.stored.account.entries),
        receipts=receipts[:MAX_RECEIPTS],
        receipt_count=len(receipts),
        to_type=present[:TYPED],
        errors=errors,
        typed=typed,
    )


def _stated(entry: Entry, names: Mapping[str, str]) -> StatedAnswer:
    target = entry.t.removeprefix(VENDOR)
    name = (names if entry.t.startswith(VENDOR) else GROUP_WORDS).get(target, target)
    return StatedAnswer(name, bool(entry.s), regime_words(entry.r), entry.d * DAY_SECONDS)
