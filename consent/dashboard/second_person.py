"""A second person before a publish: who is asked, what waits, and the setting of a site."""

from collections.abc import Collection
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
from consent.storage.staff import Person


class Waiting(NamedTuple):
    """Whether the draft waits and for whom: `reasons` in words, the `others` who may look, and what was asked.

    `step` is what the viewer can do: `publish`, `ask`, `wait`, `approve` or `alone`.
    """

    reasons: list[str]
    others: list[Person]
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
    return Waiting(reasons, others, current, name, _step(current, others))


def _step(asked: Request | None, others: list[Person]) -> str:
    if asked:
        return "wait" if asked.asked_by == current_user.audit_id else "approve"
    return "ask" if others else "alone"


def one_of(people: list[Person]) -> str:
    """Return the names of people of whom one is enough, such as `Ann, Bob or Eve`."""
    names = [person.name or person.email for person in people]
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _others(site: FoundSite) -> list[Person]:
    """Return the others who may publish `site`."""
    return [
        person
        for person in staff.everybody(db.session)
        if person.active
        and person.id != current_user.id
        and people.roles_of(db.session, person.id, site.id) & ACTIONS["publish"]
    ]


def ask(site: FoundSite, state: SiteState, note: str, others: list[Person]) -> None:
    """Have the draft wait for one of `others`, and tell each by mail where mail is set up."""
    wanted = Request(state.revision, current_user.audit_id, services().now, note)
    publish_requests.put(db.session, site.id, wanted)
    tell(site, "publish.asked", f"draft {state.revision}", None, None)
    db.session.commit()
    if mailer := services().mailer:
        asker, address = current_user.name or current_user.email, services().base_url
        page = address + url_for("dashboard.review", site=site.key)
        text = render_template("dashboard/mail/second_person.txt", asker=asker, name=site.name, note=note, page=page)
        for person in others:
            mailer.post(person.email, f"{site.name}: a draft waits for a second person", text)


def waits_for_me(sites: Collection[str]) -> set[str]:
    """Return the keys of `sites` where somebody else asked for a second person and the viewer may be it."""
    asked = publish_requests.asked_of(db.session, current_user.audit_id)
    return {
        key
        for key, site_id in asked
        if key in sites and people.roles_of(db.session, current_user.id, site_id) & ACTIONS["publish"]
    }


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
    return render_template(
        "dashboard/publishing_settings.html", is_always=is_always, others=_others(site), one_of=one_of
    )


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
