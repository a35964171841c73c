"""The list of tags, where marketing switches them on and off in the draft."""

import datetime
import json
from typing import Any
from urllib.parse import urlsplit

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.drafts import change_draft, site_state
from consent.dashboard.permissions import allowed
from consent.dashboard.services import services
from consent.dashboard.site_catalogue import newer_of
from consent.dashboard.tag_filter import read_filter
from consent.dashboard.tag_states import STATES, tag_rows
from consent.dashboard.undo import flash_undo, seal, unseal
from consent.dashboard.unknown_hosts import open_questions
from consent.snapshots.draft import OVERRIDES, Draft, remove_tag, set_enabled
from consent.snapshots.time_zones import UTC, time_zone
from consent.storage.sites import FoundSite


@blueprint.get("/sites/<site>/tags")
@allowed("see")
def tags(site: FoundSite) -> ResponseReturnValue:
    """Show the tags of the draft, each with how it stands."""
    return _list(site)


@blueprint.post("/sites/<site>/tags/<tag>/enabled")
@allowed("edit_tags")
def switch_tag(site: FoundSite, tag: str) -> ResponseReturnValue:
    """Switch a tag on or off in the draft."""
    enabled = request.form.get("enabled") == "1"
    found = _tag(change_draft(site, lambda draft: _switched(draft, tag, enabled)), tag)
    undo = {"url": request.path, "values": {"enabled": "0" if enabled else "1"}}
    return changed(site, f"{found['name']} is {'on' if enabled else 'off'} in the draft.", undo)


@blueprint.post("/sites/<site>/tags/<tag>/removal")
@allowed("edit_tags")
def delete_tag(site: FoundSite, tag: str) -> ResponseReturnValue:
    """Take a tag out of the draft; what is taken out can be put back by the token in the answer."""
    before = site_state(site).draft
    found = _tag(before, tag)
    change_draft(site, lambda draft: remove_tag(draft, tag))
    token = seal(site, "tag", _parts_of(before, found))
    undo = {"url": url_for("dashboard.restore_tag", site=site.key), "values": {"parts": token}}
    return changed(site, f"{found['name']} is removed from the draft.", undo)


@blueprint.post("/sites/<site>/tags/restored")
@allowed("edit_tags")
def restore_tag(site: FoundSite) -> ResponseReturnValue:
    """Put back a tag that was just removed."""
    parts = unseal(site, "tag", request.form.get("parts", ""))
    change_draft(site, lambda draft: _with_parts(draft, parts))
    return changed(site, f"{parts['tag']['name']} is back in the draft.", None)


def _list(site: FoundSite) -> str:
    state = site_state(site)
    zone = time_zone(state.draft["overrides"].get("time_zone", UTC)) or datetime.UTC
    today = datetime.datetime.fromtimestamp(services().now, zone).date()
    ids = {tag["id"] for tag in state.draft["tags"]}
    rows = tag_rows(state.draft, state.live, today)
    narrowed = read_filter(url_for("dashboard.tags", site=site.key))
    return render_template(
        "dashboard/tags.html",
        rows=[row for row in rows if narrowed.fits(row)],
        total=len(rows),
        narrowed=narrowed,
        states=STATES,
        gone=[tag for tag in state.live["tags"] if tag["id"] not in ids] if state.live else [],
        newer=newer_of(site, state.draft),
        questions=open_questions(site, state.draft),
        pending=state.pending,
        is_live=state.live is not None,
        payment_paths=state.draft["overrides"].get("payment_paths", []),
        usual_payment_paths=OVERRIDES["payment_paths"],
    )


def changed(site: FoundSite, text: str, undo: dict[str, Any] | None) -> ResponseReturnValue:
    """Answer htmx with the new list and a toast that can undo, a plain form with the way back to the list."""
    if not request.headers.get("HX-Request"):
        flash_undo(text, **undo) if undo else flash(text, "success")
        return redirect(url_for("dashboard.tags", site=site.key))
    response: Response = make_response(_list(site))
    response.headers["HX-Trigger"] = json.dumps({"toast": {"text": text, "undo": undo}})
    here = url_for("dashboard.tags", site=site.key)
    if urlsplit(request.headers.get("HX-Current-URL", "")).path != here:
        response.headers["HX-Push-Url"] = here
    return response


def _tag(draft: Draft, tag_id: str) -> dict[str, Any]:
    found: dict[str, Any] | None = next((tag for tag in draft["tags"] if tag["id"] == tag_id), None)
    if found is None:
        abort(404)
    return found


def _switched(draft: Draft, tag_id: str, enabled: bool) -> Draft:
    _tag(draft, tag_id)
    return set_enabled(draft, tag_id, enabled)


def _parts_of(draft: Draft, tag: dict[str, Any]) -> dict[str, Any]:
    return {
        "tag": tag,
        "at": draft["tags"].index(tag),
        "vendor": next(vendor for vendor in draft["vendors"] if vendor["id"] == tag["vendor"]),
        "cookies": [cookie for cookie in draft["cookies"] if cookie["vendor"] == tag["vendor"]],
    }


def _with_parts(draft: Draft, parts: dict[str, Any]) -> Draft:
    if any(tag["id"] == parts["tag"]["id"] for tag in draft["tags"]):
        return draft
    tags = [*draft["tags"]]
    tags.insert(parts["at"], parts["tag"])
    if any(vendor["id"] == parts["vendor"]["id"] for vendor in draft["vendors"]):
        return draft | {"tags": tags}
    vendors, cookies = [*draft["vendors"], parts["vendor"]], [*draft["cookies"], *parts["cookies"]]
    return draft | {"tags": tags, "vendors": vendors, "cookies": cookies}
