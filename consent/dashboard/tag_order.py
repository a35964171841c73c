"""The order of tags, in which they are loaded where several may run."""

from flask import abort, request
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.drafts import change_draft, site_state
from consent.dashboard.permissions import allowed
from consent.dashboard.tag_page import find_tag
from consent.dashboard.tags import changed
from consent.snapshots.draft import Draft, move_tag
from consent.storage.sites import FoundSite


@blueprint.post("/sites/<site>/tags/<tag>/place")
@allowed("edit_tags")
def place_tag(site: FoundSite, tag: str) -> ResponseReturnValue:
    """Put a tag of the draft before or after another one."""
    before, after = request.form.get("before", ""), request.form.get("after", "")
    draft = site_state(site).draft
    found = find_tag(draft, tag)
    if bool(before) == bool(after) or (before or after) == tag:
        abort(400)
    undo = {"url": request.path, "values": _present_place(draft, tag)}
    new = change_draft(site, lambda draft: _moved(draft, tag, before, after))
    other = find_tag(new, before or after)["name"]
    return changed(site, f"{found['name']} is loaded {'before' if before else 'after'} {other}.", undo)


def _moved(draft: Draft, tag: str, before: str, after: str) -> Draft:
    for one in (tag, before or after):
        find_tag(draft, one)
    return move_tag(draft, tag, before or after, after=bool(after))


def _present_place(draft: Draft, tag: str) -> dict[str, str]:
    ids = [one["id"] for one in draft["tags"]]
    at = ids.index(tag)
    return {"after": ids[at - 1]} if at else {"before": ids[1]} if len(ids) > 1 else {}
