"""POST /api/v1/sites/<site>/handovers/redeem: take the choice that a link carried along, where it counts here."""

from typing import NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from consent.api.handover.issue import may_grant, present_choice, read_body
from consent.api.handover.receipt import Carried, handover_receipt
from consent.api.handover.schemas import RedeemSchema
from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import Answer, ApiError, json_answer
from consent.api.http.site import cors, find_site
from consent.api.page.account_visit import own_cookie, read_device
from consent.api.page.choice_cookies import SiteCookies, deletions
from consent.api.page.visit_context import Visit, choice_cookie, limit_writes, network_of, read_visit
from consent.core.account_join import Visit as JoinVisit
from consent.core.account_join import join_carried
from consent.core.choice import Choice, format_choice, parse_choice
from consent.core.decide import Signals, is_grant_over
from consent.core.documents.resolved import Resolved
from consent.core.sharing.handover import arrived, grants, without_grants
from consent.presentation.banner_storage import COOKIE_LIFE_SECONDS
from consent.runtime.compiled_config import CompiledConfig, day_of_time
from consent.runtime.handover_groups import Pair, host_of, pair_to
from consent.signing.handover_code import Code, is_authentic, is_of_network, parse_code
from consent.storage.subjects import handovers
from consent.storage.subjects.receipts import Made


class _Arrival(NamedTuple):
    """A code that is good here, on the visit that it came with."""

    visit: Visit
    resolved: Resolved
    code: Code
    carried: Choice
    day: int

    def joined(self, carried: Choice, own: Choice | None) -> Choice | None:
        """Return what `carried` and the choice `own` come to: never wider than the stricter of both."""
        signals = self.visit.signals
        here = JoinVisit(self.resolved, self.day, signals.gpc, signals.age_band, signals.age)
        joined = join_carried(carried, own, here)
        # The answer of this browser stays with its day where nothing comes to it.
        is_same = joined and own and (joined.groups, joined.vendors) == (own.groups, own.vendors)
        return own if is_same else joined


def answer_redemption(context: ApiContext, request: Request, site: str) -> Answer:
    """Take the choice that a link carried here: refusals always, grants once and only where the visitor came from there."""
    limit_writes(context, request)
    config, now = find_site(context, site), context.clock()
    headers = [*cors(config, request), ("Cache-Control", "no-store")]
    asked = read_body(RedeemSchema(), request)
    code, pair = _read_code(context, request, config, asked["code"])
    if code.expires < now:
        raise ApiError(403, "handover_expired", "The code is past its end.")
    visit = _visit(context, request, config, asked["age_band"])
    arrival = _arrival(visit, code, pair, now)
    is_asked_here = is_of_network(context.keys.secret, code.nonce, network_of(context, request))
    is_from_there = asked["referrer"] == code.source and is_asked_here and may_grant(pair.source, visit, now)
    own = present_choice(request, config, asked)
    carried = arrival.carried if is_from_there else without_grants(arrival.carried)
    if grants(carried) and not _grant(context, request, arrival, own, int(now)):
        carried = without_grants(carried)
    joined = arrival.joined(carried, own)
    value = format_choice(joined) if joined else ""
    facts = {"choice": value, "applied": joined != own, "from": code.source}
    cookies = _Cookies(request, config, value, is_https=context.settings.is_https)
    cookies.is_changed = joined != own
    if (beside := own_cookie(request, config)) is not None:
        device = read_device(choice_cookie(request, config), beside)
        cookies.own = device._replace(own=arrival.joined(carried, device.own)).text
        cookies.is_changed |= cookies.own != beside
        facts["own"] = cookies.own
    gone = deletions(request, cookies, visit, arrival.resolved, arrival.day)
    return json_answer(facts, 200, [*headers, *cookies.headers(), *gone])


class _Cookies(SiteCookies):
    """The consent cookie after a hand-over, and the one beside it where somebody is signed in."""

    own: str | None = None
    is_changed = False

    def __init__(self, request: Request, config: CompiledConfig, value: str, *, is_https: bool) -> None:
        super().__init__(request, config, is_https=is_https)
        self.value = value

    def headers(self) -> list[tuple[str, str]]:
        """Return the Set-Cookie headers; none where the service is on a domain foreign to the page."""
        if self._domain is None or not self.is_changed:
            return []
        name = self._config.cookie
        pairs = ((name, self.value), *([(f"{name}_own", self.own)] if self.own is not None else []))
        return [("Set-Cookie", self._set(one, value, COOKIE_LIFE_SECONDS)) for one, value in pairs]


def _read_code(context: ApiContext, request: Request, config: CompiledConfig, text: str) -> tuple[Code, Pair]:
    """Return what the code says, and the sites of its hosts. Raises ApiError 403: one answer for all that is wrong."""
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
        raise ApiError(403, "bad_handover", "The code is not one for this page.")
    return code, pair


def _visit(context: ApiContext, request: Request, config: CompiledConfig, age_band: str) -> Visit:
    visit = read_visit(context, request, config)
    signals = visit.signals
    return visit._replace(signals=Signals(signals.gpc, signals.dnt, age_band)) if age_band != "unknown" else visit


def _arrival(visit: Visit, code: Code, pair: Pair, now: float) -> _Arrival:
    choice, config, day = parse_choice(code.choice), visit.config, day_of_time(now)
    if choice is None:  # of an earlier or later release
        raise ApiError(403, "bad_handover", "The code is not one for this page.")
    resolved = config.resolved_for(visit.place, now, visit.language)
    if not choice.day or is_grant_over(resolved, day, choice):
        choice = without_grants(choice)
    carried = arrived(choice, config.document, pair.source.document, day)
    return _Arrival(visit, resolved, code, carried, day)


def _grant(context: ApiContext, request: Request, arrival: _Arrival, own: Choice | None, time: int) -> bool:
    """Use the code up, and write the receipt of what it grants; return False where it has granted before."""
    joined = arrival.joined(arrival.carried, own)
    if joined is None or joined == own:
        return True
    brought = Carried(arrival.code.choice, arrival.carried, own, joined)
    results: list[bool] = []

    def make(connection: Connection) -> Made:
        is_unused = handovers.use(connection, arrival.code.nonce, arrival.code.expires)
        results.append(is_unused)
        receipt = handover_receipt(context, request, arrival.visit, brought, time) if is_unused else None
        return Made(receipt, lambda: None)

    try:
        context.privacy.subjects.receipts.change(time, lambda _: None, make)
    except SQLAlchemyError:
        return False  # what cannot be recorded is not granted; refusals count all the same
    if results[-1]:
        context.monitoring.written.add()
    return results[-1]
