"""POST /api/v1/sites/<site>/handovers/redeem: apply the choice carried by a link, as far as it counts here."""

from typing import NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from consent.api.handover.issue import may_grant, present_choice, read_body
from consent.api.handover.receipt import CarriedChoice, handover_receipt
from consent.api.handover.schemas import RedeemSchema
from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import NO_STORE, Answer, ApiError, json_answer
from consent.api.http.site import cors, find_site
from consent.api.page.account_visit import own_cookie, read_device
from consent.api.page.choice_cookies import SiteCookies, deletions
from consent.api.page.visit_context import Visit, choice_cookie, limit_writes, network_of, read_visit
from consent.core.account_join import Visit as JoinVisit
from consent.core.account_join import join_carried
from consent.core.choice import Choice, format_choice, parse_choice
from consent.core.decide import Signals, has_grant_expired
from consent.core.documents.resolved import Resolved
from consent.core.sharing.handover import grants, received_choice, without_grants
from consent.presentation.banner_storage import COOKIE_LIFE_SECONDS
from consent.runtime.compiled_config import CompiledConfig, day_of_time
from consent.runtime.handover_groups import Pair, host_of, pair_to
from consent.signing.handover_code import Code, is_authentic, is_of_network, parse_code
from consent.storage.subjects import handovers
from consent.storage.subjects.receipts import PreparedReceipt


class _Redemption(NamedTuple):
    """A code that is valid here, and the visit it came with."""

    visit: Visit
    resolved: Resolved
    code: Code
    carried: Choice
    day: int

    def joined(self, carried: Choice, own: Choice | None) -> Choice | None:
        """Return `carried` joined with the choice `own`: never wider than the stricter of the two."""
        signals = self.visit.signals
        here = JoinVisit(self.resolved, self.day, signals.gpc, signals.age_band, signals.age)
        joined = join_carried(carried, own, here)
        # If nothing is added, this browser's answer keeps its day.
        is_same = joined and own and (joined.groups, joined.vendors) == (own.groups, own.vendors)
        return own if is_same else joined


def answer_redemption(context: ApiContext, request: Request, site: str) -> Answer:
    """Apply a choice carried by a link: refusals always, grants once and only if the visitor came from there."""
    limit_writes(context, request)
    config, now = find_site(context, site), context.clock()
    headers = [*cors(config, request), NO_STORE]
    values = read_body(RedeemSchema(), request)
    code, pair = _read_code(context, request, config, values["code"])
    if code.expires < now:
        raise ApiError(403, "handover_expired", "The hand-over code has expired.")
    visit = _visit(context, request, config, values["age_band"])
    arrival = _redemption(visit, code, pair, now)
    is_same_network = is_of_network(context.keys.secret, code.nonce, network_of(context, request))
    is_from_there = values["referrer"] == code.source and is_same_network and may_grant(pair.source, visit, now)
    own = present_choice(request, config, values)
    carried = arrival.carried if is_from_there else without_grants(arrival.carried)
    if grants(carried) and not _record_grant(context, request, arrival, own, int(now)):
        carried = without_grants(carried)
    joined = arrival.joined(carried, own)
    value = format_choice(joined) if joined else ""
    facts = {"choice": value, "applied": joined != own, "from": code.source}
    cookies = _Cookies(request, config, value, is_https=context.settings.is_https)
    cookies.is_changed = joined != own
    if (device_cookie := own_cookie(request, config)) is not None:
        device = read_device(choice_cookie(request, config), device_cookie)
        cookies.own = device._replace(own=arrival.joined(carried, device.own)).text
        cookies.is_changed |= cookies.own != device_cookie
        facts["own"] = cookies.own
    deletion_headers = deletions(request, cookies, visit, arrival.resolved, arrival.day)
    return json_answer(facts, 200, [*headers, *cookies.headers(), *deletion_headers])


class _Cookies(SiteCookies):
    """The consent cookie after a hand-over, and the device's own cookie if someone is signed in."""

    own: str | None = None
    is_changed = False

    def __init__(self, request: Request, config: CompiledConfig, value: str, *, is_https: bool) -> None:
        super().__init__(request, config, is_https=is_https)
        self.value = value

    def headers(self) -> list[tuple[str, str]]:
        """Return the Set-Cookie headers, or none if the service's domain is foreign to the page."""
        if self._domain is None or not self.is_changed:
            return []
        name = self._config.cookie
        pairs = ((name, self.value), *([(f"{name}_own", self.own)] if self.own is not None else []))
        return [("Set-Cookie", self._set(one, value, COOKIE_LIFE_SECONDS)) for one, value in pairs]


def _read_code(context: ApiContext, request: Request, config: CompiledConfig, text: str) -> tuple[Code, Pair]:
    """Return the parsed code and the sites of its hosts. Raises ApiError 403, the same for every error."""
    code, origin = parse_code(text), request.header("Origin")
    pair = pair_to(context.configs.live, config, code.source) if code else None
    if (
        code is None
        or pair is None
        or origin is None
        or origin not in config.origins
        or code.target != host_of(origin)
        or code.source == code.target
        or not is_authentic(context.keys.secret, pair.group, text)
    ):
        raise ApiError(403, "bad_handover", "The hand-over code is not valid for this page.")
    return code, pair


def _visit(context: ApiContext, request: Request, config: CompiledConfig, age_band: str) -> Visit:
    visit = read_visit(context, request, config)
    signals = visit.signals
    return visit._replace(signals=Signals(signals.gpc, signals.dnt, age_band)) if age_band != "unknown" else visit


def _redemption(visit: Visit, code: Code, pair: Pair, now: float) -> _Redemption:
    choice, config, day = parse_choice(code.choice), visit.config, day_of_time(now)
    if choice is None:  # from an earlier or later release
        raise ApiError(403, "bad_handover", "The hand-over code is not valid for this page.")
    resolved = config.resolved_for(visit.place, now, visit.language)
    if not choice.day or has_grant_expired(resolved, day, choice):
        choice = without_grants(choice)
    carried = received_choice(choice, config.document, pair.source.document, day)
    return _Redemption(visit, resolved, code, carried, day)


def _record_grant(context: ApiContext, request: Request, arrival: _Redemption, own: Choice | None, time: int) -> bool:
    """Use up the code and write its receipt; return False if it was used before or can't be recorded."""
    joined = arrival.joined(arrival.carried, own)
    if joined is None or joined == own:
        return True
    brought = CarriedChoice(arrival.code.choice, arrival.carried, own, joined)
    results: list[bool] = []

    def make(connection: Connection) -> PreparedReceipt:
        is_unused = handovers.use(connection, arrival.code.nonce, arrival.code.expires)
        results.append(is_unused)
        receipt = handover_receipt(context, request, arrival.visit, brought, time) if is_unused else None
        return PreparedReceipt(receipt, lambda: None)

    try:
        context.privacy.subjects.receipts.change(time, lambda _: None, make)
    except SQLAlchemyError:
        return False  # without a record there is no grant; refusals count anyway
    if results[-1]:
        context.monitoring.written.add()
    return results[-1]
