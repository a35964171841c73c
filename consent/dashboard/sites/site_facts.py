"""The site as a whole: rename, duplicate, archive and delete it."""

import json

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user
from sqlalchemy.exc import IntegrityError

from consent.core.documents.config import Draft
from consent.dashboard.frame.audit import audit
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import site_state
from consent.dashboard.frame.permissions import allowed, may_on_all_sites
from consent.dashboard.sites.create import name_errors
from consent.dashboard.sites.settings import typed_origin
from consent.publishing.site_deletion import outlook
from consent.sites.cookie_domain import default_scope
from consent.sites.draft import DraftError, check_draft
from consent.sites.site_creation import key_of, site_name
from consent.storage.database.base import db
from consent.storage.privacy import retention
from consent.storage.sites import custom_vendors, script_fetches, sites
from consent.storage.sites.sites import SiteRow
from consent.storage.statistics import receipts_per_day


@blueprint.get("/sites/<site>/settings/site")
@allowed("manage_site")
def site_facts(site: SiteRow) -> ResponseReturnValue:
    """Show the site's name, the form for a copy, and what archiving means."""
    return facts_page(site, {})


@blueprint.post("/sites/<site>/settings/site/name")
@allowed("manage_site")
def rename_site(site: SiteRow) -> ResponseReturnValue:
    """Rename the site; its key stays, since scripts, cookies and receipts contain it."""
    name = site_name(request.form.get("name", ""))
    if errors := name_errors(name):
        return facts_page(site, errors), 422
    if name != site.name:
        sites.rename(db.session, site.id, name)
        audit(site, "site.renamed", site.key, {"name": site.name}, {"name": name})
        db.session.commit()
    flash(gettext("Name saved."), "success")
    return redirect(url_for("dashboard.site_facts", site=site.key))


@blueprint.post("/sites/<site>/settings/site/copy")
@allowed("manage_site")
def duplicate_site(site: SiteRow) -> ResponseReturnValue:
    """Create an unpublished site with this one's draft and its own addresses."""
    if not may_on_all_sites("add_site"):
        abort(409)
    name = site_name(request.form.get("copy_name", ""))
    hosts = [typed_origin(line) for line in request.form.get("copy_hosts", "").splitlines() if line.strip()]
    draft = _copied(site_state(site).draft, key_of(name), list(dict.fromkeys(hosts)))
    errors = _copy_errors(name, draft)
    if errors:
        return facts_page(site, errors), 422
    draft["overrides"]["cookie_scope"] = default_scope(draft["hosts"])
    try:
        made = sites.create(db.session, draft["site"], name, json.dumps(draft, ensure_ascii=False), services().now)
        for document in custom_vendors.documents(db.session, site.id):
            custom_vendors.save(db.session, made.id, document, current_user.audit_id, services().now)
        after = {"name": name, "hosts": draft["hosts"], "copy_of": site.key}
        audit(made, "site.created", made.key, None, after)
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        return facts_page(site, {"copy_name": gettext("There is already a site %(key)s.", key=draft["site"])}), 422
    flash(gettext("%(name)s has the tags, banner and settings of %(site)s.", name=name, site=site.name), "success")
    return redirect(url_for("dashboard.install", site=made.key))


@blueprint.post("/sites/<site>/settings/site/archive")
@allowed("manage_site")
def archive_site(site: SiteRow) -> ResponseReturnValue:
    """Archive or unarchive the site."""
    is_archived = request.form.get("archived") == "1"
    if is_archived != (site.archived_at is not None):
        sites.set_archived(db.session, site.id, services().now if is_archived else None)
        audit(site, "site.archived" if is_archived else "site.restored", site.key, None, None)
        db.session.commit()
    flash(
        gettext("%(name)s is archived.", name=site.name)
        if is_archived
        else gettext("%(name)s is back in the list of sites.", name=site.name),
        "success",
    )
    return redirect(url_for("dashboard.site_list" if is_archived else "dashboard.site_facts", site=site.key))


def _copied(draft: Draft, key: str, hosts: list[str]) -> Draft:
    """Return the draft for a copy, without what is specific to the original site."""
    overrides = draft["overrides"].copy()
    for name in ("handover", "apps", "old_choices", "old_tool", "headless"):
        overrides.pop(name, None)  # type: ignore[misc]
    overrides["cookie_scope"] = "host"
    return draft | {"site": key, "hosts": hosts, "overrides": overrides}


def _copy_errors(name: str, draft: Draft) -> dict[str, str]:
    if errors := name_errors(name, "copy_name"):
        return errors
    if not draft["hosts"]:
        return {"copy_hosts": gettext("Enter where visitors find it, such as www.example.com.")}
    try:
        check_draft(draft, services().rules.codes)
    except DraftError as error:
        path, sentence = next(iter(error.fields.items()))
        return {"copy_hosts" if path.startswith("hosts") else "copy_name": sentence}
    return {}


def facts_page(site: SiteRow, errors: dict[str, str]) -> str:
    """Return the page of the site as a whole, with a sentence for each invalid field."""
    fetches = script_fetches.of_site(db.session, site.id)
    return render_template(
        "dashboard/sites/site_facts.html",
        errors=errors,
        typed=request.form,
        may_copy=may_on_all_sites("add_site"),
        fetched_ago=max(services().now - fetches[0].fetched_at, 0) if fetches else None,
        receipts=sum(receipts_per_day.by_month(db.session, site.id).values()),
        months=retention.months_of(db.session, site.id),
        outlook=outlook(db.session, site) if site.archived_at is not None else None,
    )
