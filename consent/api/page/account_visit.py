"""Who is signed in on a visit, what this device chose by itself, and what both come to: decision and cookies."""

import re
from dataclasses import replace
from typing import NamedTuple

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import ApiError, to_json
from consent.api.page.choice_cookies import SiteCookies
from consent.api.page.decision import decision_json, decision_view, stored_choice
from consent.api.page.visit_context import Visit, choice_cookie, network_of
from consent.core.account import Account
from consent.core.account_join import ACCOUNT, APART, JOINED, MODES, Joined, join
from consent.core.account_join import Visit as JoinVisit
from consent.core.choice import MAX_LENGTH, Choice, format_choice, parse_choice
from consent.core.decide import Signals
from consent.core.documents.decision import AccountFacts, DecisionView
from consent.core.documents.resolved import Resolved
from consent.core.groups import AGE_BANDS
from consent.presentation.banner_storage import COOKIE_LIFE_SECONDS
from consent.runtime.compiled_config import CompiledConfig, day_of_time
from consent.runtime.script_payload import signal_facts
from consent.signing.subject_token import MAX_LENGTH as MAX_TOKEN_LENGTH
from consent.signing.subject_token import BadSubjectError, is_subject
from consent.storage.subjects.accounts import Found
from consent.subjects.accounts import NoAccountsError, SignedIn
from consent.subjects.keyring import SubjectKeysMissingError

_OWN = re.compile(rf"o1\.([{''.join(MODES)}])\.(\d{{1,15}})\.(.*)", re.ASCII)
RETRY_SECONDS = 5


class Device(NamedTuple):
    """How a device takes part: its own choice, the mode, and the version of the account seen when it was kept apart."""

    mode: str = JOINED
    seen: int = 0
    own: Choice | None = None

    @property
    def text(self) -> str:
        """Return the value of the cookie that keeps this while somebody is signed in."""
        return f"o1.{self.mode}.{self.seen}.{format_choice(self.own) if self.own else ''}"


NO_DEVICE = Device()


def read_device(present: str | None, own: str | None) -> Device:
    """Return what the cookies of a device say: `present` is the consent cookie, `own` the one beside it.

    Without the second the first is the device's own; either alone, or another form, is no answer of this device.
    """
    if own is None:
        return Device(own=stored_choice(present))
    match = _OWN.fullmatch(own) if len(own) <= MAX_LENGTH + 32 else None
    if match is None or stored_choice(present) is None:
        return NO_DEVICE
    choice = parse_choice(match[3])
    if match[3] and choice is None:
        return NO_DEVICE
    return Device(match[1], int(match[2]), choice)


def device_of(request: Request, config: CompiledConfig) -> Device:
    """Return what the cookies of a request say of its device."""
    return read_device(choice_cookie(request, config), own_cookie(request, config))


def own_cookie(request: Request, config: CompiledConfig) -> str | None:
    """Return the cookie that keeps the device's own choice while somebody is signed in."""
    return request.cookie(f"{config.cookie}_own")


def read_signed_in(
    context: ApiContext, request: Request, config: CompiledConfig, text: str, *, by_sub: bool = False
) -> SignedIn:
    """Return whom the subject token `text` names; with `by_sub` a server may name the subject itself.

    Raises ApiError.
    """
    limit = context.buffers.subject_limit
    if not limit.is_idle and not limit.has_room(network_of(context, request)):
        raise ApiError(429, "rate_limited", "Too many wrong subject tokens from this network.", retry_after=60)
    try:
        if by_sub and is_subject(text):
            return context.privacy.subjects.named(text, config.site_id, config.site)
        if len(text) > MAX_TOKEN_LENGTH:
            raise BadSubjectError
        return context.privacy.subjects.read_token(text, config.site_id, config.site)
    except NoAccountsError:
        raise ApiError(404, "no_accounts", "This site has no accounts.") from None
    except SubjectKeysMissingError as error:
        raise ApiError(503, "unavailable", str(error), retry_after=RETRY_SECONDS) from None
    except BadSubjectError:
        limit.admits(network_of(context, request))
        raise bad_subject() from None


def bad_subject() -> ApiError:
    """Return the one error for a token that is damaged, forged, foreign, of a retired key or says too much."""
    return ApiError(403, "bad_subject", "The subject token is not one of this site.")


def check_in_time(signed_in: SignedIn) -> None:
    """Raise ApiError 403 for a token past its end: such a one carries refusals alone."""
    if signed_in.token is not None and signed_in.token.late:
        raise ApiError(403, "subject_expired", "The subject token is past its end: fetch a new one.")


class AccountVisit(NamedTuple):
    """A visit of somebody who is signed in: the account and the device, joined under the rule of the place."""

    visit: Visit
    found: Found
    device: Device
    joined: Joined
    resolved: Resolved

    @property
    def choice_text(self) -> str:
        """Return the value of the consent cookie: what applies now, empty where nothing was said."""
        return format_choice(self.joined.choice) if self.joined.choice else ""


def join_visit(visit: Visit, account: Account, device: Device, now: float) -> tuple[Joined, Resolved]:
    """Return what `account` and `device` come to on `visit`, and the rule by which."""
    signals, resolved = visit.signals, visit.config.resolved_for(visit.place, now, visit.language)
    here = JoinVisit(resolved, day_of_time(now), signals.gpc, signals.age_band, signals.age)
    return join(account, device.own, device.mode, device.seen, here), resolved


def account_visit(visit: Visit, found: Found, device: Device, now: float) -> AccountVisit:
    """Return `visit` as one of somebody who is signed in."""
    joined, resolved = join_visit(visit, found.account, device, now)
    return AccountVisit(visit, found, device, joined, resolved)


def with_age(visit: Visit, signed_in: SignedIn) -> Visit:
    """Return `visit` with the age band of the token where that is the lower one: it can only narrow."""
    band = signed_in.token.age_band if signed_in.token else "unknown"
    if band == "unknown" or AGE_BANDS[band] >= AGE_BANDS.get(visit.signals.age_band, 99):
        return visit
    return visit._replace(signals=Signals(visit.signals.gpc, visit.signals.dnt, band))


def account_decision(context: ApiContext, at: AccountVisit, now: float, view: str = "") -> DecisionView:
    """Return the decision for `at`, with `account`: what of it applies here. `signals` stay what this browser sent."""
    signals = replace(at.visit.signals, gpc=at.joined.gpc)
    facts = decision_view(context, at.visit._replace(choice=at.choice_text or None, signals=signals), now, view)
    facts["signals"] = signal_facts(at.visit.signals)
    facts["account"] = account_facts(at)
    return facts


def account_json(context: ApiContext, at: AccountVisit, now: float, view: str = "") -> bytes:
    """Return what `account_decision` does as JSON; most visits share the decision with others, and not the account."""
    signals = at.visit.signals
    if at.joined.gpc != signals.gpc:
        return to_json(account_decision(context, at, now, view))
    decided = decision_json(context, at.visit._replace(choice=at.choice_text or None), now, view)
    return decided[:-1] + b',"account":' + to_json(account_facts(at)) + b"}"


def account_facts(at: AccountVisit) -> AccountFacts:
    """Return what a decision says of the account."""
    account, device, resolved = at.found.account, at.device, at.resolved
    has_signal = bool(account.gpc and resolved["gpc"])
    is_silent = at.joined.is_silent
    applies = "device" if is_silent or device.mode == APART else "both"
    if not is_silent and (device.own is None or device.mode == ACCOUNT):
        applies = "account"
    return {
        "state": "in",
        "applies": applies,
        "mode": "apart" if device.mode == APART else "joined",
        "version": account.version,
        "signal": "gpc" if has_signal else None,
        "lines": at.joined.lines,
    }


class AccountCookies(SiteCookies):
    """The consent cookie and the one beside it, set in one answer.

    Where nothing was said yet the second stands alone: an answer that the page then writes is not taken for the device's.
    """

    def __init__(self, request: Request, at: AccountVisit, *, is_https: bool) -> None:
        super().__init__(request, at.visit.config, is_https=is_https)
        self.value, self._own = at.choice_text, at.device.text

    def headers(self) -> list[tuple[str, str]]:
        """Return the Set-Cookie headers; none where the service is on a domain foreign to the page."""
        if self._domain is None:
            return []
        pairs = ((self._config.cookie, self.value), (f"{self._config.cookie}_own", self._own))
        return [("Set-Cookie", self._set(name, value, COOKIE_LIFE_SECONDS if value else 0)) for name, value in pairs]
