"""The page *Import*: a report on an imported setup, the form for old choices, and sealed logs."""

import datetime
from typing import NamedTuple

from flask import render_template

from consent.core.days import add_months, day_of
from consent.core.documents.config import Draft
from consent.core.documents.site_settings import OldChoices
from consent.core.resolve import MAX_MONTHS
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import site_state
from consent.dashboard.frame.locale import place_words
from consent.dashboard.sites.effective_rules import effective
from consent.log.old_logs import SEALED
from consent.presentation.name_order import name_key
from consent.sites.moving.mapping import suggested
from consent.sites.moving.old_choices import TOOLS, max_age_days, uncovered_tags
from consent.sites.moving.take_setup import Report
from consent.storage.database.base import db
from consent.storage.log import entries
from consent.storage.log.entry_index import payload_of
from consent.storage.sites.sites import SiteRow
from consent.storage.statistics.losses import unreadable_values

UNREADABLE_DAYS = 30
MAX_EXAMPLES = 3
MAX_LIFE_DIGITS = 4


class OldChoicesForm(NamedTuple):
    """The form's values as text; `categories` has a line `name = target` for each category."""

    tool: str
    cookie: str
    categories: str
    vendors: frozenset[str]
    delete: bool
    life: str
    revision: str
    until: str


def form_of(draft: Draft, suggestion: OldChoices | None = None) -> OldChoicesForm:
    """Return the form with what is suggested, else with what is in the draft, else with klaro's defaults."""
    mapping = suggestion or draft["overrides"].get("old_choices") or suggested("klaro")
    life = max_age_days(mapping)
    return OldChoicesForm(
        mapping["tool"],
        mapping["cookie"],
        "\n".join(f"{name} = {target}" for name, target in mapping["categories"].items()),
        frozenset(mapping["vendors"]),
        mapping["delete"],
        str(life or ""),
        str(mapping.get("revision") or ""),
        mapping.get("until") or "",
    )


def lines_of(form: OldChoicesForm) -> list[str]:
    """Return the form's categories, each a line."""
    return [line.strip() for line in form.categories.splitlines() if line.strip()]


def sides_of(line: str) -> tuple[str, str]:
    """Return the name and the target of a category."""
    name, _, target = line.rpartition("=")
    return name.strip(), target.strip()


class Expired(NamedTuple):
    """How many of the places that ask for consent find a grant without a date expired, and the names of some of them."""

    days: int
    places: int
    total: int
    examples: list[str]


def expired_on_arrival(draft: Draft, life: str) -> Expired | None:
    """Return where a grant that counts as `life` days old has expired, None if nowhere or if grants have a date."""
    if not life.isdecimal() or len(life) > MAX_LIFE_DIGITS:
        return None
    today = datetime.datetime.now(datetime.UTC).date()
    rules = services().rules
    places = [effective(draft, rules, code, today) for code in rules.codes if code not in ("ZZ", "EU")]
    asking = [one for one in places if "opt_in" in one.levels.values()]
    given = day_of(today) - int(life)
    expired = [one for one in asking if add_months(given, one.rule.consent_months or MAX_MONTHS) <= day_of(today)]
    names = sorted((place_words(one.code) for one in expired), key=name_key)
    return Expired(int(life), len(expired), len(asking), names[:MAX_EXAMPLES]) if expired else None


def import_page(
    site: SiteRow,
    *,
    errors: dict[str, str] | None = None,
    report: Report | None = None,
    suggestion: OldChoices | None = None,
    typed: OldChoicesForm | None = None,
) -> str:
    """Return the page, with the report on a setup and the form for choices: as `typed`, as suggested, or as saved."""
    state = site_state(site)
    live = state.live["overrides"].get("old_choices") if state.live else None
    today = day_of(datetime.datetime.now(datetime.UTC).date())
    form = typed or form_of(state.draft, suggestion)
    targets = {sides_of(line)[1] for line in lines_of(form)}
    unreadable = unreadable_values(db.session, site.id, today - UNREADABLE_DAYS + 1, today)
    return render_template(
        "dashboard/sites/site_import.html",
        errors=errors or {},
        report=report,
        tools={tool: facts.name for tool, facts in TOOLS.items()},
        form=form,
        expired=expired_on_arrival(state.draft, form.life),
        uncovered=uncovered_tags(state.draft, targets, form.vendors) if targets else [],
        is_suggested=suggestion is not None and typed is None,
        in_draft="old_choices" in state.draft["overrides"],
        live=live,
        unreadable=[(TOOLS[tool].name, count) for tool, count in unreadable.items() if tool in TOOLS],
        unreadable_days=UNREADABLE_DAYS,
        vendors=sorted(state.draft["vendors"], key=lambda vendor: vendor["name"].lower()),
        sealed=[payload_of(one.jws)["after"] for one in entries.of_action(db.session, site.id, SEALED)],
    )
