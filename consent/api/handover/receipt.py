"""The receipt of a grant that a link carried here: nothing was shown on this site, and the receipt says so."""

import secrets
from typing import NamedTuple

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.page.choice_body import Form, RequestedChoice
from consent.api.page.receipt_builder import SharedChoice, read_circumstances
from consent.api.page.shown_config import Shown
from consent.api.page.visit_context import Visit
from consent.core.choice import Choice, format_choice
from consent.core.groups import OPTIONAL
from consent.core.merkle import leaf_hash
from consent.core.receipt import NOT_SHOWN
from consent.runtime.decisions import granted_groups
from consent.signing.canonical_json import canonical_without_floats
from consent.signing.receipt_claims import SECOND_SCHEMA, canonical_digest, new_salt, utc
from consent.signing.write_token import Fields
from consent.storage.receipts.new_receipt import NewReceipt


class Carried(NamedTuple):
    """What came along: the `text` in the code, what it says `here`, the choice of before, and what both came to."""

    text: str
    here: Choice
    before: Choice | None
    joined: Choice


def handover_receipt(
    context: ApiContext, request: Request, visit: Visit, brought: Carried, time: int
) -> NewReceipt | None:
    """Return the receipt of what `brought` grants here, of the day of the original choice; None where it grants nothing new.

    It names no visitor: the service does not look who came from where.
    """
    shared = _shared_choice(context, request, visit, brought, time)
    effective = _effective(shared, visit, brought)
    if not _is_new(brought, effective):
        return None
    receipt_id, salt = secrets.token_hex(16), new_salt()
    facts = {"visitor": None, "previous": None, "browser": shared.now.browser, "page_group": None, "chosen_at": None}
    personal = canonical_without_floats(facts)
    record = shared.record.with_values(**effective, expires=shared.expiry(grants=True), **NOT_SHOWN)
    claims: dict[str, object] = {**shared.claims(visit, record)}
    claims |= dict.fromkeys(("text", *NOT_SHOWN), None)
    claims |= {"schema": SECOND_SCHEMA, "carried": brought.text, "judged_by": visit.config.name}
    claims |= {"id": receipt_id, "time": utc(time), "pd": canonical_digest(salt, personal)}
    jws = context.receipts.signer.sign(claims)
    return record.with_values(
        id=receipt_id,
        time=time,
        jws=jws,
        leaf_hash=leaf_hash(jws.encode()),
        key=secrets.token_hex(16),
        body=b"",
        salt=salt,
        personal=personal.decode(),
    )


def _is_new(brought: Carried, effective: dict[str, bool | None]) -> bool:
    before = brought.before
    groups = before.groups if before else {}
    vendors = before.vendors if before else {}
    return any(value and not groups.get(group) for group, value in effective.items()) or any(
        answer and not vendors.get(vendor) for vendor, answer in brought.joined.vendors.items()
    )


def _effective(shared: SharedChoice, visit: Visit, brought: Carried) -> dict[str, bool | None]:
    """Return what the carried answers come to here, beside those of this browser."""
    place, moment = visit.place, shared.now.moment
    text = format_choice(brought.joined)
    granted = granted_groups(visit.config, place.country, place.subdivision, moment, shared.signals, text)
    return {group: value and group in granted for group, value in shared.requested.items()}


def _shared_choice(context: ApiContext, request: Request, visit: Visit, brought: Carried, time: int) -> SharedChoice:
    config, place, here = visit.config, visit.place, brought.here
    came = read_circumstances(request, config, None, time)._replace(day=here.day)
    regime = config.resolved_at(place.country, place.subdivision, came.moment)["regime"]
    where = (place.country, place.subdivision, place.source)
    rule = (regime, context.configs.rules.version)
    fields = Fields(config.site, config.name, *where, *rule, config.default_language, config.variant, came.today)
    asked = {
        "action": "save",
        "method": "handover",
        "choices": {group: here.groups[group] for group in OPTIONAL if here.groups[group] is not None},
        "vendors": dict(here.vendors),
        "layer": 0,
        "conflict_shown": here.told > 0,
        "age_band": visit.signals.age_band,
        "age": visit.signals.age,
    }
    posted = RequestedChoice(Form(asked, b"", is_cached=False), secrets.token_hex(16), None, b"")
    return SharedChoice(visit, Shown(config, fields, config.text_hash(config.default_language)), posted, came)
