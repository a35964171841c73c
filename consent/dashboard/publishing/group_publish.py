"""Publish many sites of a group with one confirmation, each with its own checks, approvals and version."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.dashboard.auth.reauthentication import missing_proof
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.change_descriptions import Line, readable
from consent.dashboard.frame.drafts import SiteState, site_state
from consent.dashboard.frame.locale import translated
from consent.dashboard.frame.permissions import allowed, joined_with_or
from consent.dashboard.publishing.approval import Waiting, request_approval, waiting
from consent.dashboard.publishing.passkey_approval import needs_passkey
from consent.dashboard.publishing.publish import (
    MAX_NOTE_LENGTH,
    PublishProblem,
    make_live,
    publish_problems,
    recent_answers,
    reconsent_of,
)
from consent.dashboard.publishing.site_group import SiteGroup, find_group
from consent.publishing.publish import UnknownSiteError
from consent.sites.draft import DraftError
from consent.storage.sites.sites import SiteRow


class PendingSite(NamedTuple):
    """A site whose draft differs from the live version: its changes, problems, and what publishing would do.

    `step` is that of the site's own page, or `passkey` if only that page can publish it.
    """

    site: SiteRow
    state: SiteState
    lines: list[Line]
    problems: list[PublishProblem]
    held: Waiting
    asked_again: int
    step: str

    @property
    def is_possible(self) -> bool:
        """Return whether the group's confirmation can do anything for this site."""
        return not self.problems and self.step not in ("passkey", "wait")

    @property
    def is_ready(self) -> bool:
        """Return whether the group's confirmation publishes this site now, with no one else's approval."""
        return self.is_possible and self.step != "ask"


class CommonChange(NamedTuple):
    """Changes that are the same on all of these sites."""

    sites: list[SiteRow]
    lines: list[Line]


class Result(NamedTuple):
    """The outcome for a site: `kind` is `live`, `draft` if it waits for approval, or `held` if it failed."""

    site: SiteRow
    kind: str
    words: str


@blueprint.get("/groups/<path:group>/publish")
@allowed("start")
def publish_group_page(group: str) -> ResponseReturnValue:
    """Show what publishing would change on each site of the group."""
    return _page(find_group(group), [], {})


@blueprint.post("/groups/<path:group>/publish")
@allowed("start")
def publish_group(group: str) -> ResponseReturnValue:
    """Publish the ticked sites one by one; if one fails, the others still proceed."""
    site_group, note = find_group(group), request.form.get("note", "").strip()
    keys = set(request.form.getlist("sites"))
    chosen = [site for site in site_group.members if site.key in keys and site_group.may_on(site, "publish")]
    if len(note) > MAX_NOTE_LENGTH:
        words = gettext("A note has at most %(max_note_length)s characters.", max_note_length=MAX_NOTE_LENGTH)
        return _page(site_group, [], {"note": words}), 422
    if not chosen:
        return _page(site_group, [], {"sites": gettext("Choose at least one site.")}), 422
    alone = [site for site in chosen if waiting(site, site_state(site)).step == "alone"]
    if alone and request.form.get("alone") == "yes" and (proof_page := missing_proof()):
        return proof_page
    results = [_publish_one(site, note) for site in chosen]
    return _page(find_group(group), results, {}), 200 if all(one.kind != "held" for one in results) else 409


def _publish_one(site: SiteRow, note: str) -> Result:
    """Publish one site as its own page would, and return the outcome."""
    state = site_state(site)
    if request.form.get(f"draft-{site.key}") != str(state.revision):
        return Result(site, "held", gettext("Someone changed the draft after you opened this page. Review it again."))
    held = waiting(site, state)
    if needs_passkey(site, held.approval):
        return Result(
            site, "held", gettext("This site requires approvals to be confirmed with a passkey, on its own page.")
        )
    if held.step == "wait":
        return Result(site, "draft", gettext("%(others)s can approve it.", others=joined_with_or(held.others)))
    if held.step == "alone" and not held.approval.is_alone:
        return Result(site, "held", gettext("Confirm that you publish it alone."))
    problems = publish_problems(site) if held.step == "ask" else []
    if problems:
        return Result(site, "held", " ".join(problem.words for problem in problems))
    if held.step == "ask":
        request_approval(site, state, note, held.others)
        return Result(site, "draft", gettext("%(others)s can approve it.", others=joined_with_or(held.others)))
    try:
        done = make_live(site, note, state.revision, held.approval)
    except DraftError as error:
        return Result(site, "held", " ".join(translated(sentence) for sentence in error.fields.values()))
    except UnknownSiteError:
        return Result(site, "held", gettext("%(name)s is deleted.", name=site.name))
    if not done.is_new:
        return Result(
            site, "live", gettext("Nothing has changed: version %(version)s stays live.", version=done.version)
        )
    return Result(site, "live", gettext("Version %(version)s is live.", version=done.version))


def _pending_site(site: SiteRow) -> PendingSite | None:
    state = site_state(site)
    if state.live is not None and not state.pending:
        return None
    held = waiting(site, state)
    step = "passkey" if needs_passkey(site, held.approval) else held.step
    lines = readable(state.changes if state.live else [])
    return PendingSite(
        site, state, lines, publish_problems(site), held, reconsent_of(site, state, recent_answers(site)).total, step
    )


def common_changes(pending: Iterable[PendingSite]) -> list[CommonChange]:
    """Return the changes of sites, each listed once with all sites that have it; those of most sites come first."""
    by_line: dict[str, tuple[Line, list[SiteRow]]] = {}
    for one in pending:
        for line in one.lines:
            shown = replace(line, subjects=())
            by_line.setdefault(repr(shown), (shown, []))[1].append(one.site)
    by_sites: dict[tuple[str, ...], CommonChange] = {}
    for line, sites in by_line.values():
        key = tuple(site.key for site in sites)
        by_sites.setdefault(key, CommonChange(sites, [])).lines.append(line)
    return sorted(by_sites.values(), key=lambda change: -len(change.sites))


def _page(group: SiteGroup, results: list[Result], errors: dict[str, str]) -> str:
    own = [site for site in group.members if group.may_on(site, "publish")]
    waiting = [(site, _pending_site(site)) for site in own]
    waits = [one for _, one in waiting if one is not None]
    ready = [one for one in waits if one.is_ready]
    return render_template(
        "dashboard/publishing/group_publish.html",
        group=group,
        waits=waits,
        ready=ready,
        blocked=[one for one in waits if not one.is_ready],
        askable=[one for one in waits if one.is_possible and not one.is_ready],
        common=common_changes(ready),
        same=[site.name for site, one in waiting if one is None],
        others=len(group.members) - len(own) + group.others,
        ticked=request.form.getlist("sites") if errors else [one.site.key for one in ready],
        is_alone=any(one.step == "alone" for one in ready),
        results=results,
        errors=errors,
        alternatives=joined_with_or,
        note=request.form.get("note", "") if errors else "",
        most_note=MAX_NOTE_LENGTH,
        own_page=lambda site: url_for("dashboard.review", site=site.key),
    )
