"""The rules of a site: what holds in each place, the owner's legal choices, and what somebody should look at."""

import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.core.rules import STRICTEST
from consent.dashboard.blueprint import blueprint
from consent.dashboard.drafts import change_draft, site_state
from consent.dashboard.locale import place_words
from consent.dashboard.permissions import allowed
from consent.dashboard.rule_authors import entered, names_of_authors
from consent.dashboard.rule_values import BADGES, GPC_WORDS, SHORT, STATUS_WORDS, effective
from consent.dashboard.services import services
from consent.snapshots.draft import OVERRIDES, Draft, DraftError
from consent.snapshots.own_rules import laxer_rules
from consent.snapshots.rule_lint import gaps
from consent.storage.sites import FoundSite

SWITCHES = ("honour_dnt", "ignore_gpc_where_silent", "sensitive", "addresses_children")
LISTED = ("rest_of_world", "sensitive_paths", *SWITCHES)
NO_REASON = "Say why, for those who read it later."


@blueprint.get("/sites/<site>/rules")
@allowed("see")
def rules(site: FoundSite) -> ResponseReturnValue:
    """Show what holds in each place, and the legal choices of the draft."""
    return _page(site, site_state(site).draft, {})


@blueprint.post("/sites/<site>/rules")
@allowed("edit_overrides")
def save_rules(site: FoundSite) -> ResponseReturnValue:
    """Save the legal choices for all places, with the reason of those that are new."""
    try:
        change_draft(site, _given_a_reason)
    except DraftError as error:
        return _page(site, _typed(site_state(site).draft)[0], error.fields), 422
    flash("Saved in the draft. It counts for visitors from the next publish.", "success")
    return redirect(url_for("dashboard.rules", site=site.key))


def today() -> datetime.date:
    """Return the day of now in UTC."""
    return datetime.datetime.fromtimestamp(services().now, datetime.UTC).date()


def _given_a_reason(draft: Draft) -> Draft:
    """Return `draft` with what the form says. Raises DraftError where a choice that is new has no reason."""
    changed, needs_reason = _typed(draft)
    if needs_reason and not request.form.get("reason", "").strip():
        raise DraftError({"reason": NO_REASON})
    return changed


def _typed(draft: Draft) -> tuple[Draft, bool]:
    """Return `draft` with what the form says, and whether a choice in it is new and not the default."""
    form, old = request.form, draft["overrides"]
    new: dict[str, Any] = {name: form.get(name) == "1" for name in SWITCHES}
    new |= {
        "rest_of_world": form.get("rest_of_world", STRICTEST),
        "sensitive_paths": form.get("sensitive_paths", "").split(),
    }
    reason = form.get("reason", "").strip()
    kept = {entry["country"]: entry for entry in old.get("one_rule", [])}
    countries = form.getlist("one_rule")
    changed = [name for name in LISTED if new[name] != old[name] and new[name] != OVERRIDES[name]]
    reasons = {name: entry for name, entry in old.get("reasons", {}).items() if new.get(name) != OVERRIDES.get(name)}
    new |= {
        "one_rule": [kept.get(country) or entered({"country": country}, reason) for country in countries],
        "reasons": reasons | {name: entered({}, reason) for name in changed},
    }
    return draft | {"overrides": old | new}, bool(changed or set(countries) - set(kept))


def _page(site: FoundSite, draft: Draft, errors: dict[str, str]) -> str:
    known, owner = services().rules, draft["overrides"]
    wanted = request.args.get("q", "").strip().casefold()
    rows = [
        (effective(draft, known, code, today()), row)
        for code, row in known.rows.items()
        if wanted in f"{row['name']} {code} {row['law']}".casefold()
    ]
    codes = [code for code in known.codes if code != "ZZ"]
    return render_template(
        "dashboard/rules.html",
        rows=rows,
        all_rows=len(known.rows),
        wanted=request.args.get("q", ""),
        owner=owner,
        names=known.names,
        authors=names_of_authors(owner),
        families=sorted({code[:2] for code in codes if "-" in code}, reverse=True),
        choices=sorted(((code, _row_words(code)) for code in codes), key=lambda pair: pair[1]),
        faults=list(laxer_rules(owner, known)) if not errors else [],
        gaps=gaps(draft, known, today()) if not errors else [],
        today=today().isoformat(),
        short=SHORT,
        badges=BADGES,
        gpc_words=GPC_WORDS,
        status_words=STATUS_WORDS,
        reason=request.form.get("reason", ""),
        errors={".".join(path.split(".")[:2]): sentence for path, sentence in errors.items()},
    )


def _row_words(code: str) -> str:
    country, _, subdivision = code.partition("-")
    return place_words(country, subdivision or None)
