"""Who made a rule of a site's own, and when: an opaque id in the draft, the name beside it."""

import datetime
from typing import Any

from flask_security import current_user

from consent.dashboard.services import services
from consent.proof.audit_words import FORMER
from consent.storage import actors
from consent.storage.models import db


def entered(facts: dict[str, Any], reason: str) -> dict[str, Any]:
    """Return `facts` as entered by the person of this request today, for `reason`."""
    day = datetime.datetime.fromtimestamp(services().now, datetime.UTC).date()
    return {**facts, "reason": reason, "by": current_user.audit_id, "on": day.isoformat()}


def names_of_authors(owner: dict[str, Any]) -> dict[str, str]:
    """Return the names of those who entered what `owner`, the legal settings of a draft, holds."""
    entries = [*owner.get("rules", []), *owner.get("one_rule", []), *owner.get("reasons", {}).values()]
    ids = {entry["by"] for entry in entries if entry.get("by")}
    return dict.fromkeys(ids, FORMER) | actors.names_of(db.session, ids)
