"""The page *Import*: import a former consent tool's setup into the draft, with a report."""

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.core.documents.config import Draft
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import change_draft
from consent.dashboard.frame.locale import translated
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.frame.site_catalog import catalog_of
from consent.dashboard.sites.import_page import import_page
from consent.sites.draft import DraftError
from consent.sites.moving.read_setup import read_setup
from consent.sites.moving.setup import MAX_BYTES, ImportFileError
from consent.sites.moving.take_setup import Taken, take_setup
from consent.storage.sites.sites import SiteRow


@blueprint.get("/sites/<site>/import")
@allowed("import_setup")
def site_import(site: SiteRow) -> ResponseReturnValue:
    """Show what can be imported from a former consent tool."""
    return import_page(site)


@blueprint.post("/sites/<site>/import/setup")
@allowed("import_setup")
def import_setup(site: SiteRow) -> ResponseReturnValue:
    """Import a setup into the draft, and report the outcome; nothing is published."""
    file = request.files.get("file")
    try:
        setup = read_setup(file.read(MAX_BYTES + 1) if file else b"")
    except ImportFileError as error:
        return import_page(site, errors={"file": str(error)}), 422
    taken: list[Taken] = []

    def change(draft: Draft) -> Draft:
        taken.append(take_setup(draft, setup, catalog_of(site), services().rules.codes))
        return taken[-1].draft

    try:
        change_draft(site, change)
    except DraftError as error:
        sentence = gettext("Nothing was imported. %(error)s", error=translated(next(iter(error.fields.values()))))
        return import_page(site, errors={"file": sentence}), 422
    return import_page(site, report=taken[-1].report, suggestion=taken[-1].mapping)
