"""The receipt of a grant carried here by a link: nothing was shown on this site, and the receipt says so."""

import secrets
from typing import NamedTuple

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.page.choice_body import Form, RequestedChoice
from consent.api.page.receipt_builder import SharedChoice, read_circumstances
from consent.api.page.shown_config import ShownConfig
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


class CarriedChoice(NamedTuple):
    """A carried choice: the `text` in the code, its meaning `here`, the choice `before`, and both `joined`."""

    text: str
    here: Choice
    before: Choice | None
    joined: Choice


def handover_receipt(
    context: ApiContext, request: Request, visit: Visit, carried: CarriedChoice, time: int
) -> NewReceipt | None:
    """Return the receipt of what `carried` grants here, dated to the original choice; None if it grants nothing new.

    It names no visitor: the service doesn't record who came from where.
    """
    shared = _shared_choice(context, request, visit, carried, time)
    effective = _effective(shared, visit, carried)
    if not _adds_grant(carried, effective):
        return None
    receipt_id, salt = secrets.token_hex(16), new_salt()
    facts = {"visitor": None, "previous": None, "browser": shared.now.browser, "page_group": None, "chosen_at": None}
    personal = canonical_without_floats(facts)
    record = shared.record.with_values(**effective, expires=shared.expiry(grants=True), **NOT_SHOWN)
    claims: dict[str, object] = {**shared.claims(visit, record)}
    claims |= dict.fromkeys(("text", *NOT_SHOWN), None)
    claims |= {"schema": SECOND_SCHEMA, "carried": carried.text, "judged_by": visit.config.name}
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


def _adds_grant(carried: CarriedChoice, effective: dict[str, bool | None]) -> bool:
    before = carried.before
    groups = before.groups if before else {}
    vendors = before.vendors if before else {}
    return any(value and not groups.get(group) for group, value in effective.items()) or any(
        answer and not vendors.get(vendor) for vendor, answer in carried.joined.vendors.items()
    )


def _effective(shared: SharedChoice, visit: Visit, carried: CarriedChoice) -> dict[str, bool | None]:
    """Return the carried answers that take effect here, joined with this browser's own."""
    place, moment = visit.place, shared.now.moment
    text = format_choice(carried.joined)
    granted = granted_groups(visit.config, place.country, place.subdivision, moment, shared.signals, text)
    return {group: value and group in granted for group, value in shared.requested.items()}


def _shared_choice(
    context: ApiContext, request: Request, visit: Visit, carried: CarriedChoice, time: int
) -> SharedChoice:
    config, place, here = visit.config, visit.place, carried.here
    circumstances = read_circumstances(request, config, None, time)._replace(day=here.day)
    regime = config.resolved_at(place.country, place.subdivision, circumstances.moment)["regime"]
    where = (place.country, place.subdivision, place.source)
    rule = (regime, context.configs.rules.version)
    fields = Fields(
        config.site, config.name, *where, *rule, config.default_language, config.variant, circumstances.today
    )
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
    return SharedChoice(
        visit, ShownConfig(config, fields, config.text_hash(config.default_language)), posted, circumstances
    )
