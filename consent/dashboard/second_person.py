"""A second person before a publish: who is asked, what waits, and the setting of a site."""

from typing import NamedTuple

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from consent.dashboard.blueprint import blueprint
from consent.dashboard.drafts import SiteState, site_state
from consent.dashboard.fresh import fresh
from consent.dashboard.permissions import ACTIONS, allowed
from consent.dashboard.services import services
from consent.dashboard.telling import tell
from consent.snapshots.second_person import Look, reasons_to_wait
from consent.storage import people, publish_requests, staff
from consent.storage.models import db
from consent.storage.publish_requests import Request
from consent.storage.sites import FoundSite


class Waiting(NamedTuple):
    """Whether the draft waits and for whom: `reasons` in words, the names of `others` who may look, and what was asked.

    `step` is what the viewer can do: `publish`, `ask`, `wait`, `approve`, `alone` or `nobody`.
    """

    reasons: list[str]
    others: list[str]
    asked: Request | None
    asked_by: str
    step: str

    @property
    def look(self) -> Look:
        """Return what a press of the viewer stands for."""
        asked_by = self.asked.asked_by if self.asked and self.step == "approve" else ""
        return Look(asked_by=asked_by, is_alone=self.step == "alone" and request.form.get("alone") == "yes")


def waiting(site: FoundSite, state: SiteState) -> Waiting:
    """Return how the draft of `site` stands for the viewer."""
    reasons = reasons_to_wait(db.session, site, state.draft, state.live)
    if not reasons:
        return Waiting([], [], None, "", "publish")
    asked = publish_requests.read(db.session, site.id)
    current = asked if asked and asked.revision == state.revision else None
    others = _others(site)
    name = staff.names_of(db.session, [current.asked_by]).get(current.asked_by, "Somebody") if current else ""
    return Waiting(reasons, others, current, name, _step(site, current, others))


def _step(site: FoundSite, asked: Request | None, others: list[str]) -> str:
    if asked:
        return "wait" if asked.asked_by == current_user.audit_id else "approve"
    if others:
        return "ask"
    return "nobody" if publish_requests.is_always_wanted(db.session, site.id) else "alone"


def _others(site: FoundSite) -> list[str]:
    """Return the names of the others who may publish `site`."""
    return [
        person.name or person.email
        for person in staff.everybody(db.session)
        if person.active
        and person.id != current_user.id
        and people.roles_of(db.session, person.id, site.id) & ACTIONS["publish"]
    ]


def ask(site: FoundSite, state: SiteState, note: str) -> None:
    """Have the draft wait for a second person."""
    wanted = Request(state.revision, current_user.audit_id, services().now, note)
    publish_requests.put(db.session, site.id, wanted)
    tell(site, "publish.asked", f"draft {state.revision}", None, None)
    db.session.commit()


@blueprint.post("/sites/<site>/publish/request/removal")
@allowed("publish")
def take_back_request(site: FoundSite) -> ResponseReturnValue:
    """Have the draft wait no longer, whoever asked."""
    if publish_requests.read(db.session, site.id):
        publish_requests.remove(db.session, site.id)
        tell(site, "publish.not_asked", f"draft {site_state(site).revision}", None, None)
        db.session.commit()
    return redirect(url_for("dashboard.review", site=site.key))


@blueprint.get("/sites/<site>/settings/publishing")
@allowed("set_second_person")
def publishing_settings(site: FoundSite) -> ResponseReturnValue:
    """Show when a publish waits for a second person."""
    is_always = publish_requests.is_always_wanted(db.session, site.id)
    return render_template("dashboard/publishing_settings.html", is_always=is_always, others=_others(site))


@blueprint.post("/sites/<site>/settings/publishing")
@allowed("set_second_person")
@fresh
def save_publishing_settings(site: FoundSite) -> ResponseReturnValue:
    """Set whether each publish waits for a second person."""
    before, after = publish_requests.is_always_wanted(db.session, site.id), request.form.get("always") == "1"
    if before != after:
        publish_requests.want_always(db.session, site.id, after)
        tell(site, "second_person.set", site.key, {"always": before}, {"always": after})
        db.session.commit()
    flash("Each publish waits for a second person." if after else "Only what may do harm waits.", "success")
    return redirect(url_for("dashboard.publishing_settings", site=site.key))
