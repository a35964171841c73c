"""The mapping that lets choices made with a former consent tool count: confirm it in the draft, or remove it."""

from collections.abc import Mapping

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.core.documents.config import Draft
from consent.core.documents.site_settings import OldChoices
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.drafts import change_draft, site_state, typed_number
from consent.dashboard.frame.locale import translated
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.sites.import_page import OldChoicesForm, import_page, lines_of, sides_of
from consent.sites.draft import DraftError
from consent.sites.moving.mapping import suggested
from consent.sites.moving.old_choices import TOOLS, unknown_targets
from consent.storage.sites.sites import SiteRow

MAX_LINES = 200
PATH = "overrides.old_choices"


@blueprint.post("/sites/<site>/import/choices")
@allowed("edit_overrides")
def confirm_old_choices(site: SiteRow) -> ResponseReturnValue:
    """Add the mapping to the draft once a user has confirmed it; it takes effect with the next publish."""
    typed = _typed(request.form)
    if request.form.get("suggest"):
        return _suggested(site, typed.tool)
    errors = _errors(typed, site_state(site).draft)
    if not errors:
        try:
            change_draft(site, lambda draft: _with_mapping(draft, _mapping(typed)))
        except DraftError as error:
            errors = {_field_of(path): sentence for path, sentence in error.fields.items()}
    if errors:
        return import_page(site, errors=errors, typed=typed), 422
    flash(gettext("Confirmed in the draft. Choices made in the former tool count after you publish."), "success")
    return redirect(url_for("dashboard.site_import", site=site.key, _anchor="choices"))


@blueprint.post("/sites/<site>/import/choices/end")
@allowed("edit_overrides")
def end_old_choices(site: SiteRow) -> ResponseReturnValue:
    """Remove the mapping from the draft; choices already imported stay."""
    change_draft(site, _without_mapping)
    flash(gettext("Removed from the draft. After you publish, no more choices are imported."), "success")
    return redirect(url_for("dashboard.site_import", site=site.key, _anchor="choices"))


def _suggested(site: SiteRow, tool: str) -> ResponseReturnValue:
    if tool not in TOOLS:
        return import_page(site, errors={"tool": gettext("Choose a tool.")}), 422
    return import_page(site, suggestion=suggested(tool))


def _typed(form: Mapping[str, str]) -> OldChoicesForm:
    texts = {name: form.get(name, "").strip() for name in ("tool", "cookie", "categories", "life", "revision", "until")}
    return OldChoicesForm(vendors=frozenset(request.form.getlist("vendors")), delete=form.get("delete") == "1", **texts)


def _errors(typed: OldChoicesForm, draft: Draft) -> dict[str, str]:
    errors = {}
    if typed.tool not in TOOLS:
        errors["tool"] = gettext("Choose a tool.")
    elif other := next((one for one in TOOLS if one != typed.tool and TOOLS[one].cookie == typed.cookie), None):
        errors["cookie"] = gettext("This is the cookie of %(tool)s.", tool=translated(TOOLS[other].name))
    lines = lines_of(typed)
    bad = next((line for line in lines if line.count("=") < 1 or not all(sides_of(line))), "")
    if not lines:
        errors["categories"] = gettext("Enter at least one category and its meaning.")
    elif bad:
        errors["categories"] = gettext(
            "Write each line as “statistics = analytics”, unlike this one: %(line)s", line=bad[:60]
        )
    elif len(lines) > MAX_LINES or len({sides_of(line)[0] for line in lines}) < len(lines):
        errors["categories"] = gettext("Enter each category once, and at most %(count)s categories.", count=MAX_LINES)
    elif not errors and (strange := unknown_targets(_mapping(typed), [one["id"] for one in draft["vendors"]])):
        errors["categories"] = gettext("The draft has no vendor %(name)s.", name=strange[0])
    if request.form.get("confirmed") != "1":
        errors["confirmed"] = gettext("Nothing was saved. Confirm that you compared this with the former banner.")
    return errors


def _mapping(typed: OldChoicesForm) -> OldChoices:
    mapping: OldChoices = {
        "tool": typed.tool,
        "cookie": typed.cookie or TOOLS[typed.tool].cookie,
        "categories": dict(sides_of(line) for line in lines_of(typed)),
        "vendors": sorted(typed.vendors),
        "delete": typed.delete,
    }
    if typed.life and TOOLS[typed.tool].life:
        mapping["life"] = typed_number(typed.life)
    if typed.revision:
        mapping["revision"] = typed_number(typed.revision)
    if typed.until:
        mapping["until"] = typed.until
    return mapping


def _with_mapping(draft: Draft, mapping: OldChoices) -> Draft:
    return draft | {"overrides": draft["overrides"] | {"old_choices": mapping}}


def _without_mapping(draft: Draft) -> Draft:
    kept = draft["overrides"].copy()
    kept.pop("old_choices", None)
    return draft | {"overrides": kept}


def _field_of(path: str) -> str:
    """Return the form field for a path in the draft."""
    field = path.removeprefix(f"{PATH}.").partition(".")[0]
    return field if field in OldChoicesForm._fields else "categories"
