"""Set whether the service loads a tag, or its snippet is in the page and is blocked there."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.classifier.catalog import ParameterError, TagTemplate, fill
from consent.classifier.tag_template import read_typed
from consent.core.documents.config import Draft
from consent.core.documents.tags import Tag, TagChange
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.drafts import change_draft, site_state
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.frame.site_catalog import template_of
from consent.dashboard.frame.undo_tokens import flash_undo
from consent.dashboard.tags.tag_page import find_tag, page_with_errors
from consent.sites.add_found_tags import load_in_page
from consent.sites.custom.code import MARKED
from consent.sites.draft import DraftError
from consent.sites.in_page_tags import set_in_page
from consent.storage.sites.sites import SiteRow


@blueprint.post("/sites/<site>/tags/<tag>/in-page")
@allowed("edit_tags")
def set_place(site: SiteRow, tag: str) -> ResponseReturnValue:
    """Leave a tag to the page, or undo that; used by a button on *Publish*."""
    in_page, before = request.form.get("in_page") == "1", find_tag(site_state(site).draft, tag)
    try:
        change_draft(site, lambda draft: with_place(site, draft, tag))
    except DraftError as error:
        return page_with_errors(site, tag, error), 422
    if bool(before.get("in_page")) != in_page:
        left, loaded = (
            gettext("%(name)s is left to the page in the draft."),
            gettext("%(name)s is loaded by the service in the draft."),
        )
        text = (left if in_page else loaded) % {"name": before["name"]}
        flash_undo(text, request.path, {**before["parameters"], "in_page": "0" if in_page else "1"})
    return redirect(url_for("dashboard.review", site=site.key))


def with_place(site: SiteRow, draft: Draft, tag_id: str) -> Draft:
    """Leave a tag to the page, or load it with the form's parameters. Raises DraftError if one is invalid."""
    tag, in_page = find_tag(draft, tag_id), request.form.get("in_page") == "1"
    template = template_of(site, tag)
    facts = _facts(template, tag, in_page) if template and template.load["type"] != MARKED else {}
    return set_in_page(draft, tag_id, in_page, facts)


def _facts(template: TagTemplate, tag: Tag, in_page: bool) -> TagChange:
    """Return parameters and load from the form; fields that it doesn't have keep their values."""
    typed = {one.id: request.form.get(one.id, tag["parameters"].get(one.id, "")) for one in template.parameters}
    given = {one.id: read_typed(one, typed[one.id]) for one in template.parameters}
    if given == tag["parameters"] and (in_page or tag["load"]["type"] != MARKED):
        return {}
    if in_page:
        load, parameters = load_in_page(template, given)
        if "hosts" in tag["load"]:
            load |= {"hosts": tag["load"]["hosts"]}
        return {"load": load, "parameters": parameters}
    try:
        return {"load": fill(template, given), "parameters": given}
    except ParameterError as error:
        raise DraftError({f"parameters.{name}": sentence for name, sentence in error.fields.items()}) from None
