"""List of tags: filter, switch on or off in the draft, reorder, delete with undo."""

import datetime
import json
from typing import NamedTuple, TypedDict
from urllib.parse import parse_qs, urlsplit

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.core.documents.config import Draft
from consent.core.documents.tags import Tag
from consent.core.documents.vendors import Cookie, SiteVendor
from consent.core.groups import GROUPS
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import change_draft, site_state
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.frame.site_catalog import newer_of
from consent.dashboard.frame.undo_tokens import Undo, flash_undo, seal, unseal
from consent.dashboard.tags.code_approval import code_problems_of
from consent.dashboard.tags.tag_page import find_tag
from consent.dashboard.tags.tag_status import STATES, TagRow, tag_rows
from consent.dashboard.tags.unknown_hosts import open_questions
from consent.dashboard.tags.vendors_in_page import page_vendors
from consent.sites.draft import OVERRIDES, DraftError, move_tag, remove_tag, set_enabled
from consent.sites.time_zones import UTC, time_zone
from consent.storage.sites.sites import SiteRow

MAX_QUERY_LENGTH = 80


class TagFilter(NamedTuple):
    """A filter by words, which must all match, and by group, state, vendor and label; empty values match all."""

    q: str = ""
    group: str = ""
    state: str = ""
    vendor: str = ""
    label: str = ""

    @property
    def active(self) -> int:
        """Return how many filters are active besides the words."""
        return sum(map(bool, self[1:]))

    def matches(self, row: TagRow) -> bool:
        """Return whether `row` matches."""
        if self.group and row.tag["group"] != self.group:
            return False
        is_off = self.state == "off" and not row.tag["enabled"]
        if self.state and row.state != self.state and not is_off:
            return False
        if self.vendor and row.vendor["id"] != self.vendor:
            return False
        if self.label and self.label not in row.tag.get("labels", ()):
            return False
        text = _text_of(row)
        return all(word in text for word in self.q.casefold().split())


def read_filter(page: str) -> TagFilter:
    """Return the filter in the URL of the list, or of the list at path `page` from which htmx posts a change."""
    args = request.args.to_dict()
    if request.method != "GET":
        address = urlsplit(request.headers.get("HX-Current-URL", ""))
        args = {name: values[0] for name, values in parse_qs(address.query).items()} if address.path == page else {}
    group, state = args.get("group", ""), args.get("state", "")
    return TagFilter(
        args.get("q", "").strip()[:MAX_QUERY_LENGTH],
        group if group in (*GROUPS, "unclassified") else "",
        state if state in STATES else "",
        args.get("vendor", "")[:MAX_QUERY_LENGTH],
        args.get("label", "")[:MAX_QUERY_LENGTH],
    )


def _text_of(row: TagRow) -> str:
    vendor, tag = row.vendor, row.tag
    words = [
        tag["name"],
        tag["id"],
        vendor["id"],
        vendor["name"],
        vendor["company"],
        *vendor["hosts"],
        *tag["purposes"],
        *tag["parameters"].values(),
        *tag.get("labels", ()),
        tag.get("note", ""),
        row.trigger,
    ]
    return " ".join(words).replace("_", " ").casefold()


@blueprint.get("/sites/<site>/tags")
@allowed("see")
def tags(site: SiteRow) -> ResponseReturnValue:
    """Show the draft's tags with their state."""
    return _list(site)


@blueprint.post("/sites/<site>/tags/<tag>/enabled")
@allowed("edit_tags")
def switch_tag(site: SiteRow, tag: str) -> ResponseReturnValue:
    """Switch a tag on or off in the draft."""
    enabled = request.form.get("enabled") == "1"
    switched = find_tag(change_draft(site, lambda draft: _switched(site, draft, tag, enabled)), tag)
    undo: Undo = {"url": request.path, "values": {"enabled": "0" if enabled else "1"}}
    return changed(site, switched_words([switched["name"]], enabled), undo)


def switched_words(names: list[str], is_on: bool) -> str:
    """Return a sentence on tags that were switched on or off in the draft."""
    if len(names) == 1:
        on, off = gettext("%(name)s is on in the draft."), gettext("%(name)s is off in the draft.")
        return (on if is_on else off) % {"name": names[0]}
    on, off = gettext("%(count)s tags are on in the draft."), gettext("%(count)s tags are off in the draft.")
    return (on if is_on else off) % {"count": len(names)}


@blueprint.post("/sites/<site>/tags/<tag>/removal")
@allowed("edit_tags")
def delete_tag(site: SiteRow, tag: str) -> ResponseReturnValue:
    """Remove a tag from the draft; the response has a token to undo it."""
    before = site_state(site).draft
    deleted = find_tag(before, tag)
    change_draft(site, lambda draft: remove_tag(draft, tag))
    token = seal(site, "tag", _parts_of(before, deleted))
    undo: Undo = {"url": url_for("dashboard.restore_tag", site=site.key), "values": {"parts": token}}
    return changed(site, gettext("%(name)s is removed from the draft.", name=deleted["name"]), undo)


@blueprint.post("/sites/<site>/tags/restored")
@allowed("edit_tags")
def restore_tag(site: SiteRow) -> ResponseReturnValue:
    """Restore a tag that was just removed."""
    parts = unseal(site, "tag", request.form.get("parts", ""))
    change_draft(site, lambda draft: _with_parts(draft, parts))
    return changed(site, gettext("%(name)s is back in the draft.", name=parts["tag"]["name"]), None)


def _list(site: SiteRow) -> str:
    state = site_state(site)
    zone = time_zone(state.draft["overrides"].get("time_zone", UTC)) or datetime.UTC
    today = datetime.datetime.fromtimestamp(services().now, zone).date()
    ids = {tag["id"] for tag in state.draft["tags"]}
    barred = code_problems_of(site, state.draft)
    rows = tag_rows(state.draft, state.live, today, page_vendors(site), barred)
    vendors = {row.vendor["id"]: row.vendor["name"] for row in rows}
    narrowed = read_filter(url_for("dashboard.tags", site=site.key))
    return render_template(
        "dashboard/tags/tag_list.html",
        rows=[row for row in rows if narrowed.matches(row)],
        total=len(rows),
        narrowed=narrowed,
        is_filtering=request.headers.get("HX-Trigger", "").startswith("by-"),
        states=STATES,
        vendors=sorted(vendors.items(), key=lambda vendor: vendor[1].casefold()),
        labels=sorted({label for row in rows for label in row.tag.get("labels", ())}, key=str.casefold),
        gone=[tag for tag in state.live["tags"] if tag["id"] not in ids] if state.live else [],
        newer=newer_of(site, state.draft),
        questions=open_questions(site, state.draft),
        pending=state.pending,
        is_live=state.live is not None,
        payment_paths=state.draft["overrides"].get("payment_paths", []),
        usual_payment_paths=OVERRIDES["payment_paths"],
    )


def changed(site: SiteRow, text: str, undo: Undo | None) -> ResponseReturnValue:
    """Answer htmx with the new list and a toast with undo, or redirect a plain form to the list."""
    if not request.headers.get("HX-Request"):
        flash_undo(text, undo["url"], undo["values"]) if undo else flash(text, "success")
        return redirect(url_for("dashboard.tags", site=site.key))
    response: Response = make_response(_list(site))
    response.headers["HX-Trigger"] = json.dumps({"toast": {"text": text, "undo": undo}})
    here = url_for("dashboard.tags", site=site.key)
    if urlsplit(request.headers.get("HX-Current-URL", "")).path != here:
        response.headers["HX-Push-Url"] = here
    return response


def _switched(site: SiteRow, draft: Draft, tag_id: str, enabled: bool) -> Draft:
    find_tag(draft, tag_id)
    if enabled and (sentence := code_problems_of(site, draft).get(tag_id)):
        raise DraftError({"enabled": sentence})
    return set_enabled(draft, tag_id, enabled)


class TakenTag(TypedDict):
    """The parts of a draft that are removed with a tag: the tag, its index, its vendor and the vendor's cookies."""

    tag: Tag
    at: int
    vendor: SiteVendor
    cookies: list[Cookie]


def _parts_of(draft: Draft, tag: Tag) -> TakenTag:
    return {
        "tag": tag,
        "at": draft["tags"].index(tag),
        "vendor": next(vendor for vendor in draft["vendors"] if vendor["id"] == tag["vendor"]),
        "cookies": [cookie for cookie in draft["cookies"] if cookie["vendor"] == tag["vendor"]],
    }


def _with_parts(draft: Draft, parts: TakenTag) -> Draft:
    if any(tag["id"] == parts["tag"]["id"] for tag in draft["tags"]):
        return draft
    tags = [*draft["tags"]]
    tags.insert(parts["at"], parts["tag"])
    if any(vendor["id"] == parts["vendor"]["id"] for vendor in draft["vendors"]):
        return draft | {"tags": tags}
    vendors, cookies = [*draft["vendors"], parts["vendor"]], [*draft["cookies"], *parts["cookies"]]
    return draft | {"tags": tags, "vendors": vendors, "cookies": cookies}


@blueprint.post("/sites/<site>/tags/<tag>/place")
@allowed("edit_tags")
def place_tag(site: SiteRow, tag: str) -> ResponseReturnValue:
    """Move a tag of the draft before or after another one."""
    before, after = request.form.get("before", ""), request.form.get("after", "")
    draft = site_state(site).draft
    moved = find_tag(draft, tag)
    if bool(before) == bool(after) or (before or after) == tag:
        abort(400)
    undo: Undo = {"url": request.path, "values": _current_position(draft, tag)}
    new = change_draft(site, lambda draft: _moved(draft, tag, before, after))
    other = find_tag(new, before or after)["name"]
    first, second = gettext("%(name)s is loaded before %(other)s."), gettext("%(name)s is loaded after %(other)s.")
    return changed(site, (first if before else second) % {"name": moved["name"], "other": other}, undo)


def _moved(draft: Draft, tag: str, before: str, after: str) -> Draft:
    for one in (tag, before or after):
        find_tag(draft, one)
    return move_tag(draft, tag, before or after, after=bool(after))


def _current_position(draft: Draft, tag: str) -> dict[str, str]:
    ids = [one["id"] for one in draft["tags"]]
    at = ids.index(tag)
    return {"after": ids[at - 1]} if at else {"before": ids[1]} if len(ids) > 1 else {}
