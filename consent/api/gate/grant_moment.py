"""Find when a visitor agreed: from their receipt if a cookie links it, otherwise from the day of their choice."""

import json

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.page.choice_cookies import read_secret
from consent.core.choice import Choice
from consent.runtime.compiled_config import CompiledConfig, day_of_time
from consent.runtime.gate.event_times import Grant
from consent.signing.receipt_claims import visitor_of
from consent.storage.receipts import receipts


def find_grant(context: ApiContext, request: Request, config: CompiledConfig, choice: Choice) -> Grant:
    """Return the grant of `choice`, with the time of the visitor's newest receipt if they are at most a day apart."""
    secret = read_secret(request, config)
    if secret is None:
        return Grant(choice.day)
    with context.engine.connect() as connection:
        latest = receipts.latest_of_visitor(connection, config.site_id, visitor_of(context.keys.secret, secret))
        personal = receipts.personal(connection, latest.id) if latest else None
    if latest is None or abs(day_of_time(latest.time) - choice.day) > 1:
        return Grant(choice.day)
    chosen_at = json.loads(personal.body).get("chosen_at") if personal else None
    if isinstance(chosen_at, int):
        return Grant(choice.day, float(chosen_at), is_of_browser=True)
    return Grant(choice.day, float(latest.time))
