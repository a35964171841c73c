"""Page of a site's settings for the Transparency and Consent Framework (TCF)."""

import csv
import re
from typing import NamedTuple

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.core.documents.config import Draft
from consent.core.documents.site_settings import Overrides
from consent.core.documents.tags import Tag
from consent.core.documents.tcf import GoogleProvider, TcfRestriction, TcfSettings
from consent.core.tcf.cut import RESTRICTION_TYPES, bases_of
from consent.core.tcf.vendor_list import ListedVendor, VendorList
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import change_draft, site_state, typed_number
from consent.dashboard.frame.locale import language_words
from consent.dashboard.frame.permissions import allowed
from consent.presentation.languages import SOURCE
from consent.publishing.tcf_checks import has_screens
from consent.sites.draft import DraftError
from consent.sites.vendor_lists.site_cut import SWITCH, KeptList, gvl_ids, is_on, kept_list
from consent.sites.vendor_lists.site_cut import tcf_settings as settings_in
from consent.storage.database.base import db
from consent.storage.sites.sites import SiteRow

MAX_FOUND = 30
"""How many vendors a search lists."""
_RESTRICTION = re.compile(r"(\d+)\s+([a-z_]+)[\s:]+([\d\s,]+)")


class VendorRow(NamedTuple):
    """A vendor in the list: its purposes by consent and by legitimate interest, after restrictions."""

    id: int
    name: str
    consent: str
    interest: str
    is_of_site: bool


class TagRow(NamedTuple):
    """A tag with the id set for it (`none` to exclude it), the id in effect, and that vendor's name."""

    id: str
    name: str
    typed: str
    counts: int | None
    vendor: str


@blueprint.get("/sites/<site>/tcf")
@allowed("see")
def tcf_settings(site: SiteRow) -> ResponseReturnValue:
    """Show the draft's TCF settings."""
    return _page(site, site_state(site).draft, {})


@blueprint.post("/sites/<site>/tcf")
@allowed("edit_overrides")
def save_tcf(site: SiteRow) -> ResponseReturnValue:
    """Save the site's TCF settings."""
    errors: dict[str, str] = {}
    settings = _typed(errors)
    if errors:
        return _page(site, _changed(site_state(site).draft, settings), errors), 422
    try:
        change_draft(site, lambda draft: _changed(draft, settings))
    except DraftError as error:
        return _page(site, _changed(site_state(site).draft, settings), error.fields), 422
    flash(gettext("Saved to the draft. Visitors get it after you publish."), "success")
    return redirect(url_for("dashboard.tcf_settings", site=site.key))


def _changed(draft: Draft, settings: TcfSettings) -> Draft:
    owner: Overrides = draft["overrides"]
    others = [name for name in owner.get("sends", []) if name != SWITCH]
    sends = others + [SWITCH] * (request.form.get("tcf") == "1")
    tags = [_changed_tag(tag) for tag in draft["tags"]]
    return {**draft, "tags": tags, "overrides": {**owner, "tcf": settings, "sends": sends}}


def _changed_tag(tag: Tag) -> Tag:
    """Return `tag` with the id that was typed for it, or the catalog's if the field is empty."""
    typed = request.form.get(f"gvl_id.{tag['id']}")
    if typed is None:
        return tag
    changed = tag.copy()
    changed.pop("gvl_id", None)
    word = typed.strip().lower()
    if word == "none":
        changed["gvl_id"] = None
    elif word:
        changed["gvl_id"] = typed_number(word)
    return changed


def _typed(errors: dict[str, str]) -> TcfSettings:
    form = request.form
    settings: TcfSettings = {"vendors": _typed_ids(form.get("vendors", ""), errors, "overrides.tcf.vendors")}
    if number := form.get("cmp_id", "").strip():
        settings["cmp_id"] = typed_number(number)
    if number := form.get("cmp_version", "").strip():
        settings["cmp_version"] = typed_number(number)
    if code := form.get("publisher_cc", "").strip().upper():
        settings["publisher_cc"] = code
    if restrictions := list(_typed_restrictions(form.get("restrictions", ""), errors)):
        settings["restrictions"] = restrictions
    if providers := list(_typed_providers(form.get("google_providers", ""), errors)):
        settings["google_providers"] = providers
    if form.get("everywhere") == "1":
        settings["everywhere"] = True
    return settings


def _typed_ids(text: str, errors: dict[str, str], path: str) -> list[int]:
    """Return the ids at the start of each line, such as one before a name, or a list of them."""
    found: list[int] = []
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r"\s*(\d+(?:[\s,;]+\d+)*)\b", line)
        if match:
            found += [int(one) for one in re.findall(r"\d+", match[1])]
        elif line.strip():
            errors[path] = gettext("Line %(number)s does not start with an ID from the vendor list.", number=number)
    return sorted(set(found))


def _typed_restrictions(text: str, errors: dict[str, str]) -> list[TcfRestriction]:
    found: list[TcfRestriction] = []
    for number, line in enumerate(filter(str.strip, text.splitlines()), 1):
        match = _RESTRICTION.fullmatch(line.strip())
        if match is None or match[2] not in RESTRICTION_TYPES:
            errors["overrides.tcf.restrictions"] = gettext(
                "Line %(number)s must look like “2 not_allowed: 32, 76”. The rules are %(rules)s.",
                number=number,
                rules=", ".join(RESTRICTION_TYPES),
            )
            continue
        vendors = sorted({int(one) for one in re.findall(r"\d+", match[3])})
        found.append({"purpose": int(match[1]), "type": match[2], "vendors": vendors})
    return found


def _typed_providers(text: str, errors: dict[str, str]) -> list[GoogleProvider]:
    """Return the providers in CSV lines, in the format of Google's own file; a header line is skipped."""
    found: list[GoogleProvider] = []
    for number, row in enumerate(csv.reader(text.splitlines()), 1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (number == 1 and not cells[0].isdigit()):
            continue
        if len(cells) < 3 or not cells[0].isascii() or not cells[0].isdigit():
            errors["overrides.tcf.google_providers"] = gettext(
                "Line %(number)s must look like “89, Example Ads, https://example.com/privacy”.", number=number
            )
            continue
        found.append({"id": int(cells[0]), "name": cells[1], "policy_url": cells[2]})
    return found


def _page(site: SiteRow, draft: Draft, errors: dict[str, str]) -> str:
    settings, kept = settings_in(draft), kept_list(db.session)
    ids = gvl_ids(draft, services().catalog)
    chosen = {*settings.get("vendors", []), *ids.values()}
    listed = kept.listed if kept else None
    query = request.args.get("q", "").strip()
    return render_template(
        "dashboard/sites/tcf_settings.html",
        draft=draft,
        settings=settings,
        errors={_field_of(path): sentence for path, sentence in errors.items()},
        is_on=is_on(draft),
        has_screens=has_screens(),
        kept=kept,
        languages=[language_words(one) for one in sorted({SOURCE, *kept.translations})] if kept else [],
        vendors=[
            _row(listed.vendors[one], settings, chosen) for one in sorted(chosen) if listed and one in listed.vendors
        ],
        missing=sorted(one for one in chosen if listed and one not in listed.vendors),
        query=query,
        found=_search(listed, query, settings, chosen) if listed and query else [],
        tags=[_tag_row(tag, ids, kept) for tag in draft["tags"] if tag["enabled"]],
        typed_vendors="\n".join(map(str, settings.get("vendors", []))),
        typed_restrictions="\n".join(map(_restriction_line, settings.get("restrictions", []))),
        typed_providers="\n".join(
            f'{one["id"]}, "{one["name"]}", {one["policy_url"]}' for one in settings.get("google_providers", [])
        ),
        statement=policy_sentence(settings),
    )


def _restriction_line(one: TcfRestriction) -> str:
    return f"{one['purpose']} {one['type']}: {', '.join(map(str, one['vendors']))}"


def policy_sentence(settings: TcfSettings) -> str:
    """Return the statement that the privacy policy must contain (TCF Policies, chapter III), empty without an id."""
    if "cmp_id" not in settings:
        return ""
    return gettext(
        "We participate in the IAB Europe Transparency and Consent Framework and comply with its specifications and "
        "policies. The identification number of our consent management platform is %(id)s.",
        id=settings["cmp_id"],
    )


def _field_of(path: str) -> str:
    parts = path.split(".")
    return ".".join(parts[:3]) if parts[0] == "overrides" else path


def _row(vendor: ListedVendor, settings: TcfSettings, chosen: set[int]) -> VendorRow:
    bases = bases_of(vendor, settings.get("restrictions", []))
    consent, interest = (", ".join(map(str, sorted(ids))) for ids in bases)
    return VendorRow(vendor.id, vendor.name, consent, interest, vendor.id in chosen)


def _search(listed: VendorList, query: str, settings: TcfSettings, chosen: set[int]) -> list[VendorRow]:
    words = query.lower().split()
    fitting = (
        vendor
        for vendor in sorted(listed.vendors.values(), key=lambda one: one.name.lower())
        if query == str(vendor.id) or all(word in vendor.name.lower() for word in words)
    )
    return [_row(vendor, settings, chosen) for _, vendor in zip(range(MAX_FOUND), fitting, strict=False)]


def _tag_row(tag: Tag, ids: dict[str, int], kept: KeptList | None) -> TagRow:
    own = tag.get("gvl_id")
    typed = "none" if "gvl_id" in tag and own is None else str(own or "")
    counts = ids.get(tag["id"])
    listed = kept.listed.vendors.get(counts) if kept and counts is not None else None
    return TagRow(tag["id"], tag["name"], typed, counts, listed.name if listed else "")
