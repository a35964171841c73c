"""The signed-in visitor of a visit, this device's own choice, and both joined: decision and cookies."""

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
    """How a device takes part: its mode, the account version seen when it was kept apart, and its own choice."""

    mode: str = JOINED
    seen: int = 0
    own: Choice | None = None

    @property
    def text(self) -> str:
        """Return the value of the cookie that stores this while someone is signed in."""
        return f"o1.{self.mode}.{self.seen}.{format_choice(self.own) if self.own else ''}"


NO_DEVICE = Device()


def read_device(present: str | None, own: str | None) -> Device:
    """Return the device described by its cookies: `present` is the consent cookie, `own` the one next to it.

    Without the second, the first is the device's own choice. If the second is alone or malformed, the device has no
    choice.
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
    """Return the device described by a request's cookies."""
    return read_device(choice_cookie(request, config), own_cookie(request, config))


def own_cookie(request: Request, config: CompiledConfig) -> str | None:
    """Return the cookie that stores the device's own choice while someone is signed in."""
    return request.cookie(f"{config.cookie}_own")


def read_signed_in(
    context: ApiContext, request: Request, config: CompiledConfig, text: str, *, by_sub: bool = False
) -> SignedIn:
    """Return the subject named by the subject token `text`; with `by_sub`, a server may send the subject itself.

    Raises ApiError.
    """
    limit = context.buffers.subject_limit
    if not limit.is_idle and not limit.has_room(network_of(context, request)):
        raise ApiError(429, "rate_limited", "Too many invalid subject tokens from this network.", retry_after=60)
    try:
        if by_sub and is_subject(text):
            return context.privacy.subjects.named(text, config.site_id, config.site)
        if len(text) > MAX_TOKEN_LENGTH:
            raise BadSubjectError
        return context.privacy.subjects.read_token(text, config.site_id, config.site)
    except NoAccountsError:
        raise ApiError(404, "no_accounts", "This site does not use accounts.") from None
    except SubjectKeysMissingError as error:
        raise ApiError(503, "unavailable", str(error), retry_after=RETRY_SECONDS) from None
    except BadSubjectError:
        limit.admits(network_of(context, request))
        raise bad_subject() from None


def bad_subject() -> ApiError:
    """Return the one error for a token that is damaged, forged, foreign, oversized or signed with a retired key."""
    return ApiError(403, "bad_subject", "The subject token is not valid for this site.")


def check_in_time(signed_in: SignedIn) -> None:
    """Raise ApiError 403 for an expired token, which can carry only refusals."""
    if signed_in.token is not None and signed_in.token.late:
        raise ApiError(403, "subject_expired", "The subject token has expired; request a new one.")


class AccountVisit(NamedTuple):
    """A visit by a signed-in visitor: the account and the device, joined under the rule of the place."""

    visit: Visit
    found: Found
    device: Device
    joined: Joined
    resolved: Resolved

    @property
    def choice_text(self) -> str:
        """Return the value of the consent cookie: the choice in force, or "" if there is none."""
        return format_choice(self.joined.choice) if self.joined.choice else ""


def join_visit(visit: Visit, account: Account, device: Device, now: float) -> tuple[Joined, Resolved]:
    """Return `account` and `device` joined on `visit`, and the rule applied."""
    signals, resolved = visit.signals, visit.config.resolved_for(visit.place, now, visit.language)
    here = JoinVisit(resolved, day_of_time(now), signals.gpc, signals.age_band, signals.age)
    return join(account, device.own, device.mode, device.seen, here), resolved


def account_visit(visit: Visit, found: Found, device: Device, now: float) -> AccountVisit:
    """Return `visit` as that of a signed-in visitor."""
    joined, resolved = join_visit(visit, found.account, device, now)
    return AccountVisit(visit, found, device, joined, resolved)


def with_token_age(visit: Visit, signed_in: SignedIn) -> Visit:
    """Return `visit` with the token's age band if that is lower: it can only restrict."""
    band = signed_in.token.age_band if signed_in.token else "unknown"
    if band == "unknown" or AGE_BANDS[band] >= AGE_BANDS.get(visit.signals.age_band, 99):
        return visit
    return visit._replace(signals=Signals(visit.signals.gpc, visit.signals.dnt, band))


def account_decision(context: ApiContext, at: AccountVisit, now: float, view: str = "") -> DecisionView:
    """Return the decision for `at`, with its `account` as it applies here. `signals` are what this browser sent."""
    signals = replace(at.visit.signals, gpc=at.joined.gpc)
    facts = decision_view(context, at.visit._replace(choice=at.choice_text or None, signals=signals), now, view)
    facts["signals"] = signal_facts(at.visit.signals)
    facts["account"] = account_facts(at)
    return facts


def account_json(context: ApiContext, at: AccountVisit, now: float, view: str = "") -> bytes:
    """Return `account_decision` as JSON; most visits share the decision with others, but not the account."""
    signals = at.visit.signals
    if at.joined.gpc != signals.gpc:
        return to_json(account_decision(context, at, now, view))
    decided = decision_json(context, at.visit._replace(choice=at.choice_text or None), now, view)
    return decided[:-1] + b',"account":' + to_json(account_facts(at)) + b"}"


def account_facts(at: AccountVisit) -> AccountFacts:
    """Return a decision's facts about the account."""
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
    """The consent cookie and the one next to it, set in one response.

    While there is no choice yet, only the second is set, so that an answer then written by the page isn't taken for the
    device's.
    """

    def __init__(self, request: Request, at: AccountVisit, *, is_https: bool) -> None:
        super().__init__(request, at.visit.config, is_https=is_https)
        self.value, self._own = at.choice_text, at.device.text

    def headers(self) -> list[tuple[str, str]]:
        """Return the Set-Cookie headers, or none if the service's domain is foreign to the page."""
        if self._domain is None:
            return []
        pairs = ((self._config.cookie, self.value), (f"{self._config.cookie}_own", self._own))
        return [("Set-Cookie", self._set(name, value, COOKIE_LIFE_SECONDS if value else 0)) for name, value in pairs]
