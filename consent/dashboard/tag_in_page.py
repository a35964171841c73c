"""Whether a tag stands in the page already: its own snippet is held and released, or the service loads it."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from consent.classify.catalogue import ParameterError, TagTemplate, fill
from consent.dashboard.blueprint import blueprint
from consent.dashboard.drafts import change_draft, site_state
from consent.dashboard.permissions import allowed
from consent.dashboard.site_catalogue import template_of
from consent.dashboard.tag_page import faulty_page, find_tag
from consent.dashboard.undo import flash_undo
from consent.snapshots.add_found import load_as_found
from consent.snapshots.draft import Draft, DraftError
from consent.snapshots.in_page import MARKED, set_in_page
from consent.storage.sites import FoundSite


@blueprint.post("/sites/<site>/tags/<tag>/in-page")
@allowed("edit_tags")
def set_place(site: FoundSite, tag: str) -> ResponseReturnValue:
    """Leave a tag to the page, or have the service load it with what was filled in."""
    in_page, before = request.form.get("in_page") == "1", find_tag(site_state(site).draft, tag)
    try:
        change_draft(site, lambda draft: _placed(site, draft, tag, in_page))
    except DraftError as error:
        return faulty_page(site, tag, error), 422
    if bool(before.get("in_page")) != in_page:
        text = f"{before['name']} {'is left to the page' if in_page else 'is loaded by the service'} in the draft."
        back = {"back": request.form["back"]} if "back" in request.form else {}
        values = {**before["parameters"], "in_page": "0" if in_page else "1", **back}
        flash_undo(text, request.path, values)
    else:
        flash("Saved in the draft.", "success")
    if request.form.get("back") == "publish":
        return redirect(url_for("dashboard.review", site=site.key))
    return redirect(url_for("dashboard.tag_page", site=site.key, tag=tag))


def _placed(site: FoundSite, draft: Draft, tag_id: str, in_page: bool) -> Draft:
    tag = find_tag(draft, tag_id)
    template = template_of(site, tag)
    facts = _facts(template, tag, in_page) if template and template.load["type"] != MARKED else {}
    return set_in_page(draft, tag_id, in_page, facts)


def _facts(template: TagTemplate, tag: dict[str, Any], in_page: bool) -> dict[str, Any]:
    """Return parameters and load by the fields of the form; those that it does not have stay as they are."""
    given = {one.id: request.form.get(one.id, tag["parameters"].get(one.id, "")).strip() for one in template.parameters}
    if given == tag["parameters"] and (in_page or tag["load"]["type"] != MARKED):
        return {}
    if in_page:
        load, parameters = load_as_found(template, given)
        further = {"hosts": tag["load"]["hosts"]} if "hosts" in tag["load"] else {}
        return {"load": load | further, "parameters": parameters}
    try:
        return {"load": fill(template, given), "parameters": given}
    except ParameterError as error:
        raise DraftError({f"parameters.{name}": sentence for name, sentence in error.fields.items()}) from None
