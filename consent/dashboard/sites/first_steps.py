"""What is left on a new site until its first receipt: one list for the pages *Install* and *Overview*."""

from typing import NamedTuple

from flask import g, url_for
from flask_babel import gettext, ngettext

from consent.core.documents.config import Draft
from consent.dashboard.frame.context import services
from consent.dashboard.frame.draft_labels import SETTING_WORDS
from consent.dashboard.frame.drafts import SiteState
from consent.dashboard.frame.locale import language_words, within_sentence
from consent.dashboard.frame.permissions import ACTIONS
from consent.publishing.text_checks import unconfirmed
from consent.sites.draft import missing_controller_facts
from consent.sites.health_report import requested_groups
from consent.storage.database.base import db
from consent.storage.scans import site_checks
from consent.storage.sites import script_fetches
from consent.storage.sites.sites import SiteRow
from consent.storage.statistics import receipts_per_day


class Step(NamedTuple):
    """A step: what to do, whether it is done, what is missing, and the URL where the viewer can do it, or ""."""

    title: str
    is_done: bool
    note: str
    url: str


class LastFetch(NamedTuple):
    """The last script request: `ago` in seconds, None for never; `hosts` of the site's `of` hosts have made one."""

    ago: int | None
    hosts: int
    of: int


def last_fetch(site: SiteRow, draft: Draft) -> LastFetch:
    """Return when pages of `site` last requested its script."""
    # Requests without a config were made before anything was published.
    fetched = [one for one in script_fetches.of_site(db.session, site.id) if one.config or not site.live_config]
    known = {one.origin for one in fetched} & set(draft["hosts"])
    ago = max(services().now - fetched[0].fetched_at, 0) if fetched else None
    return LastFetch(ago, len(known), len(draft["hosts"]))


def first_steps(site: SiteRow, state: SiteState) -> list[Step]:
    """Return the steps of `site` until its first receipt; none once it has one."""
    if receipts_per_day.has_any(db.session, site.id):
        return []
    is_live = site.live_config is not None
    is_seen = is_live and last_fetch(site, state.draft).ago is not None
    publish = "" if is_live else gettext("Visitors see nothing until you publish.")
    paste = "" if is_seen else gettext("No page has loaded the script yet.")
    answer = gettext("Its receipt appears within seconds.")
    return [
        _facts(site, state.draft),
        _tags(site, state.draft),
        *_texts(site, state),
        Step(gettext("Publish"), is_live, publish, _url(site, "review", "publish")),
        Step(gettext("Paste the lines into your pages"), is_seen, paste, _url(site, "install", "see", "lines")),
        *_footer(site),
        Step(
            gettext("Answer the banner on a page of your site"), False, answer, _url(site, "receipts", "read_receipts")
        ),
    ]


def _facts(site: SiteRow, draft: Draft) -> Step:
    missing = [within_sentence(SETTING_WORDS["controller"][fact]) for fact in missing_controller_facts(draft)]
    note = ngettext(
        "%(num)s fact missing: %(missing)s",
        "%(num)s facts missing: %(missing)s",
        len(missing),
        missing=", ".join(missing),
    )
    url = _url(site, "settings", "edit_controller", "controller")
    return Step(gettext("Say who is responsible"), not missing, note if missing else "", url)


def _tags(site: SiteRow, draft: Draft) -> Step:
    if may_scan := bool(g.roles & ACTIONS["run_scan"]):
        title = gettext("Check the site and add what was found")
    else:
        title = gettext("Add the tags")
    note = (
        ""
        if requested_groups(draft["tags"])
        else gettext(
            "Without a tag that needs consent the banner won't show, and what the blocker blocks stays blocked for everyone."
        )
    )
    url = _url(site, "check", "run_scan") if may_scan else _url(site, "find_template", "edit_tags")
    return Step(title, bool(draft["tags"]), note, url)


def _texts(site: SiteRow, state: SiteState) -> list[Step]:
    """Return the step to confirm machine-made texts; none if there is nothing to confirm."""
    names = ", ".join(language_words(code) for code in unconfirmed(state.draft, state.live))
    if not names:
        return []
    note = gettext("No speaker has read them yet: %(languages)s.", languages=names)
    url = _url(site, "site_languages", "edit_languages")
    return [Step(gettext("Read and confirm the texts of the banner"), False, note, url)]


def _footer(site: SiteRow) -> list[Step]:
    """Return the step for the line in the footer, if a check has looked for it in a page."""
    check = site_checks.newest(db.session, site.id)
    if check is None or check.report is None:
        return []
    is_missing = any(name == "footer" for name, *_ in check.report["findings"])
    note = gettext("%(url)s does not have it yet.", url=check.url) if is_missing else ""
    return [Step(gettext("Add the line for the footer"), not is_missing, note, _url(site, "install", "see", "footer"))]


def _url(site: SiteRow, page: str, action: str, anchor: str | None = None) -> str:
    return url_for(f"dashboard.{page}", site=site.key, _anchor=anchor) if g.roles & ACTIONS[action] else ""
