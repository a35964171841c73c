"""Publishing the draft: what will change, in words, a note, and the one button that does it."""

from typing import NamedTuple

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.core.groups import ESSENTIAL
from consent.dashboard.asked_again import asked_again
from consent.dashboard.blueprint import blueprint
from consent.dashboard.changes import readable
from consent.dashboard.drafts import site_state
from consent.dashboard.fresh import missing_proof
from consent.dashboard.page_vendors import page_vendors
from consent.dashboard.permissions import allowed
from consent.dashboard.second_person import ask, one_of, waiting
from consent.dashboard.services import services
from consent.dashboard.site_catalogue import newer_of
from consent.dashboard.telling import author
from consent.snapshots.draft import DraftError
from consent.snapshots.fault import Fault
from consent.snapshots.publish import propose, publish
from consent.snapshots.publish_checks import faults_of
from consent.snapshots.second_person import UNSEEN, Look
from consent.snapshots.seen_in_page import doubles
from consent.storage.models import db
from consent.storage.sites import FoundSite

MOST_NOTE = 500
MENDED_ON = {
    "texts.languages": "banner",
    "texts.links": "banner",
    "texts": "site_languages",
    "look": "banner",
    "tags": "tags",
    "scan": "scan",
    "trial": "banner",
}
"""Where a fault is mended, by how its path begins; the settings have the rest."""


class Obstacle(NamedTuple):
    """One reason why a draft cannot be published, with the fields that share it and the page where it is mended."""

    fields: str
    words: str
    page: str


@blueprint.get("/sites/<site>/publish")
@allowed("publish")
def review(site: FoundSite) -> ResponseReturnValue:
    """Show what a publish would change."""
    return _page(site, {})


@blueprint.post("/sites/<site>/publish")
@allowed("publish")
def publish_draft(site: FoundSite) -> ResponseReturnValue:
    """Publish the draft that was looked at."""
    note = request.form.get("note", "").strip()
    if len(note) > MOST_NOTE:
        return _page(site, {"note": f"A note has at most {MOST_NOTE} characters."}), 422
    state = site_state(site)
    if request.form.get("revision") != str(state.revision):
        return _page(site, {"revision": "Somebody changed the draft since you opened this page. Look again."}), 409
    held = waiting(site, state)
    if held.step in ("ask", "alone") and _obstacles(site):
        return _page(site, {}), 422
    if held.step == "ask":
        ask(site, state, note, held.others)
        flash(f"{one_of(held.others)} can look at it and publish it, on this page.{_mailed()}", "success")
        return redirect(url_for("dashboard.review", site=site.key))
    if held.look.is_alone and (asked := missing_proof()):
        return asked
    return publish_now(site, note, held.look)


def publish_now(site: FoundSite, note: str, look: Look = UNSEEN) -> ResponseReturnValue:
    """Publish the draft of `site` as it stands, and go to its versions."""
    by = author()
    # The publish has a transaction of its own; on SQLite this one must not wait for it.
    db.session.rollback()
    given = services()
    try:
        done = publish(given.engine, site.key, given.rules, given.artefacts, by, note, look, given.trials)
    except DraftError as error:
        return _page(site, error.fields | _waits(error)), 422
    if done.is_new:
        flash(f"Version {done.version} is live. Visitors get it within seconds.", "success")
    else:
        flash(f"Nothing has changed: version {done.version} stays live.", "success")
    return redirect(url_for("dashboard.versions", site=site.key))


def _waits(error: DraftError) -> dict[str, str]:
    """Return beside the field what a press without a second person lacks."""
    return {"alone": "Say that you publish it alone."} if "second_person" in error.fields else {}


def _mailed() -> str:
    return " They get a mail." if services().mailer else ""


def _page(site: FoundSite, errors: dict[str, str]) -> str:
    state = site_state(site)
    held = waiting(site, state)
    return render_template(
        "dashboard/publish.html",
        lines=readable(state.changes if state.live else [c for c in state.changes if _says_much(c.subject)]),
        pending=state.pending,
        is_first=state.live is None,
        asks=any(tag["enabled"] and tag["group"] != ESSENTIAL for tag in state.draft["tags"]),
        revision=state.revision,
        again=asked_again(site, state),
        asks_later=state.draft["overrides"]["ask_for_new_vendors"] != "now",
        obstacles=_obstacles(site),
        newer=newer_of(site, state.draft),
        twice=doubles(state.draft, page_vendors(site)),
        errors={name: errors[name] for name in ("note", "revision", "alone") if name in errors},
        held=held,
        one_of=one_of,
        is_tried=services().trials.are_possible,
        note=request.form.get("note", held.asked.note if held.asked else ""),
        most_note=MOST_NOTE,
    )


def _obstacles(site: FoundSite) -> list[Obstacle]:
    """Return what keeps the draft of `site` from being published, also where its form is faulty."""
    given = services()
    try:
        faults = faults_of(propose(db.session, site, given.rules, given.artefacts)._replace(trials=given.trials))
    except DraftError as error:
        faults = [Fault(path, sentence) for path, sentence in error.fields.items()]
    by_words: dict[str, list[str]] = {}
    for fault in faults:
        by_words.setdefault(fault.words, []).append(fault.path)
    return [_obstacle(site, words, paths) for words, paths in by_words.items()]


def _obstacle(site: FoundSite, words: str, paths: list[str]) -> Obstacle:
    fields = ", ".join(path.rpartition(".")[2].replace("_", " ") for path in paths)
    page = next((page for start, page in MENDED_ON.items() if paths[0].startswith(start)), "settings")
    return Obstacle(fields.capitalize(), words, url_for(f"dashboard.{page}", site=site.key))


def _says_much(subject: str) -> bool:
    """Tell whether a part is worth a line at the first publish, when everything is new."""
    return subject.split(" ")[0] in ("tag", "vendor", "cookie", "local", "session", "hosts")
