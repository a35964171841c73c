"""A site's rules: effective rule by place, the owner's legal settings, and warnings."""

import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.core.documents.config import Draft
from consent.core.documents.json_object import JsonObject
from consent.core.documents.site_settings import OneRule, Reason
from consent.core.rules import STRICTEST
from consent.core.translatable import translatable
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import change_draft, site_state
from consent.dashboard.frame.labels import regime_words
from consent.dashboard.frame.locale import place_words, translated
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.sites.effective_rules import (
    BADGES,
    GPC_WORDS,
    SHORT,
    STATUS_WORDS,
    EffectiveRule,
    effective,
    names_of_authors,
    new_note,
)
from consent.dashboard.sites.law_calendar import calendar_of, draft_laws_for, waiting_rules_for
from consent.presentation.name_order import name_key
from consent.publishing.rule_warnings import gaps
from consent.sites.custom.rules import laxer_rules
from consent.sites.draft import OVERRIDES, DraftError
from consent.sites.imported_facts import NO_REASON, REASONED
from consent.storage.sites.sites import SiteRow

REGIONS = {
    translatable("European Economic Area"): frozenset(
        [
            "AT",
            "BE",
            "BG",
            "HR",
            "CY",
            "CZ",
            "DK",
            "EE",
            "FI",
            "FR",
            "DE",
            "GR",
            "HU",
            "IE",
            "IT",
            "LV",
            "LT",
            "LU",
            "MT",
            "NL",
            "PL",
            "PT",
            "RO",
            "SK",
            "SI",
            "ES",
            "SE",
            "IS",
            "LI",
            "NO",
            "EU",
        ]
    ),
    translatable("United Kingdom and Switzerland"): frozenset({"GB", "CH"}),
    translatable("United States"): frozenset({"US"}),
    translatable("Canada"): frozenset({"CA"}),
    translatable("Latin America"): frozenset(["AR", "BR", "CL", "MX", "UY"]),
    translatable("Asia and the Pacific"): frozenset(
        ["AU", "CN", "HK", "ID", "IN", "JP", "KR", "NZ", "SG", "TH", "TW", "VN"]
    ),
    translatable("Middle East, Africa and Turkey"): frozenset(["AE", "IL", "SA", "TR", "ZA"]),
    translatable("Where the place is not known"): frozenset({"ZZ"}),
}
ELSEWHERE = translatable("Other places")
PlaceRow = tuple[EffectiveRule, dict[str, str]]
"""A row as it applies to the site, and as it is in the table."""


@blueprint.get("/sites/<site>/rules")
@allowed("see")
def rules(site: SiteRow) -> ResponseReturnValue:
    """Show the effective rules of each place, and the legal choices of the draft."""
    return _page(site, site_state(site).draft, {})


@blueprint.post("/sites/<site>/rules")
@allowed("edit_overrides")
def save_rules(site: SiteRow) -> ResponseReturnValue:
    """Save the legal choices for all places, with a reason for new ones."""
    try:
        change_draft(site, _with_typed_rules)
    except DraftError as error:
        return _page(site, _typed(site_state(site).draft)[0], error.fields), 422
    flash(gettext("Saved to the draft. Visitors get it after you publish."), "success")
    return redirect(url_for("dashboard.rules", site=site.key))


def today() -> datetime.date:
    """Return today's date in UTC."""
    return datetime.datetime.fromtimestamp(services().now, datetime.UTC).date()


def _with_typed_rules(draft: Draft) -> Draft:
    """Return `draft` with the form's values. Raises DraftError if a new choice has no reason."""
    changed, needs_reason = _typed(draft)
    if needs_reason and not request.form.get("reason", "").strip():
        raise DraftError({"reason": NO_REASON})
    return changed


def _typed(draft: Draft) -> tuple[Draft, bool]:
    """Return `draft` with the form's values, and whether they include a new choice that isn't the default."""
    form, old = request.form, draft["overrides"]
    new = old | {
        "honour_dnt": form.get("honour_dnt") == "1",
        "ignore_gpc_where_silent": form.get("ignore_gpc_where_silent") == "1",
        "sensitive": form.get("sensitive") == "1",
        "addresses_children": form.get("addresses_children") == "1",
        "rest_of_world": form.get("rest_of_world", STRICTEST),
        "sensitive_paths": form.get("sensitive_paths", "").split(),
    }
    note = new_note(form.get("reason", "").strip())
    by_country = {entry["country"]: entry for entry in old.get("one_rule", [])}
    countries = form.getlist("one_rule")
    before: JsonObject = old
    after: JsonObject = new
    default: JsonObject = OVERRIDES
    changed = [name for name in REASONED if after[name] != before[name] and after[name] != default[name]]
    reasons: dict[str, Reason] = {
        name: entry for name, entry in old.get("reasons", {}).items() if after.get(name) != default.get(name)
    }
    one_rule: list[OneRule] = [by_country.get(country) or {"country": country, **note} for country in countries]
    for name in changed:
        reasons[name] = {**note}
    new |= {"one_rule": one_rule, "reasons": reasons}
    return draft | {"overrides": new}, bool(changed or set(countries) - set(by_country))


def _page(site: SiteRow, draft: Draft, errors: dict[str, str]) -> str:
    known, owner = services().rules, draft["overrides"]
    wanted = request.args.get("q", "").strip().casefold()
    rows = [
        (effective(draft, known, code, today()), row)
        for code, row in known.rows.items()
        if wanted in f"{row['name']} {translated(row['name'])} {code} {row['law']}".casefold()
    ]
    codes = [code for code in known.codes if code != "ZZ"]
    return render_template(
        "dashboard/sites/rules.html",
        rows=rows,
        groups=_by_region(rows),
        calendar=calendar_of(site, site_state(site), today()),
        draft_laws=draft_laws_for(site_state(site), today()),
        waiting=waiting_rules_for(site_state(site), today()),
        regime_words=regime_words,
        all_rows=len(known.rows),
        wanted=request.args.get("q", ""),
        owner=owner,
        names=known.names,
        authors=names_of_authors(owner),
        families=sorted({code[:2] for code in codes if "-" in code}, reverse=True),
        choices=sorted(((code, _row_words(code)) for code in codes), key=lambda pair: name_key(pair[1])),
        faults=list(laxer_rules(owner.get("rules", []), known)) if not errors else [],
        gaps=gaps(draft, known, today()) if not errors else [],
        today=today().isoformat(),
        short=SHORT,
        badges=BADGES,
        gpc_words=GPC_WORDS,
        status_words=STATUS_WORDS,
        reason=request.form.get("reason", ""),
        errors={".".join(path.split(".")[:2]): sentence for path, sentence in errors.items()},
    )


def _by_region(rows: list[PlaceRow]) -> list[tuple[str, list[PlaceRow]]]:
    """Return the rows grouped under the title of their region, in the order of `REGIONS`."""
    found: dict[str, list[PlaceRow]] = {title: [] for title in (*REGIONS, ELSEWHERE)}
    for one in rows:
        code = one[0].code
        title = next((title for title, codes in REGIONS.items() if {code, code[:2]} & codes), ELSEWHERE)
        found[title].append(one)
    return [(title, members) for title, members in found.items() if members]


def _row_words(code: str) -> str:
    country, _, subdivision = code.partition("-")
    return place_words(country, subdivision or None)
