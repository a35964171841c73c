"""Read the inputs of a decision from a request: site, place, signals, language, choice, page."""

import re
from functools import lru_cache
from typing import NamedTuple

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import ApiError
from consent.core.age_rules import AGE, band_of_age
from consent.core.choice import MAX_LENGTH, newest_choice_text
from consent.core.decide import Signals
from consent.core.groups import AGE_BANDS
from consent.core.rules import Place
from consent.core.tcf.choice import MAX_LENGTH as MAX_TCF_LENGTH
from consent.geo import Located, read_place
from consent.runtime.compiled_config import CompiledConfig

SCOPE = "decide"
OF_THE_PAGE = {"language", "path", "view"}
OF_THE_TOKEN = {"country", "subdivision", "gpc", "dnt", "age_band", "age", "choice", "tcf", "own"}
KNOWN = OF_THE_PAGE | OF_THE_TOKEN
MAX_NAMED = 10
"""Maximum number of unknown parameters that an error names."""
BANDS = ("unknown", *AGE_BANDS)
VIEWS = ("banner", "csp")
MAX_PATH = 2048
TCF_COOKIE = "_tcf"
"""Suffix to the name of the consent cookie."""
_COUNTRY = re.compile(r"[A-Z]{2}")
_SUBDIVISION = re.compile(r"[A-Z0-9]{1,3}")
_UNKNOWN = Place(None, None, "unknown")
_LOCATED = "consent.located"
"""Environ key that caches a request's location."""
_signals = lru_cache(256)(Signals)


class Visit(NamedTuple):
    """A visit: by a visitor's browser or, if `by_token`, by the site's own server on a visitor's behalf."""

    config: CompiledConfig
    place: Place
    signals: Signals
    language: str
    choice: str | None
    path: str | None
    by_token: bool
    tcf: str | None = None
    """The second cookie's value, on a site with TCF."""

    def key(self, now: float) -> tuple[str | int | Signals | None, ...]:
        """Return everything that an answer at `now` (Unix seconds) depends on, except choice and page."""
        config, place, signals = self.config, self.place, self.signals
        return (
            *(config.name, config.law_days.moment(now), config.site_day(now), self.language),
            *(place.country, place.subdivision, place.source, signals),
        )


def limit_writes(context: ApiContext, request: Request) -> None:
    """Raise ApiError 429 if the visitor's network has written too often, before anything is parsed."""
    limit = context.buffers.choice_limit
    if limit.is_lifted:
        return
    if not limit.admits(_locate(context, request).prefix):
        raise ApiError(429, "rate_limited", "Too many writes from this network; try again in a minute.", retry_after=60)


def limit_reports(context: ApiContext, request: Request) -> None:
    """Raise ApiError 429 if the visitor's network has reported too often; choices have a limit of their own."""
    if not context.buffers.report_limit.is_lifted and not context.buffers.report_limit.admits(
        _locate(context, request).prefix
    ):
        raise ApiError(
            429, "rate_limited", "Too many reports from this network; try again in a minute.", retry_after=60
        )


def read_visit(context: ApiContext, request: Request, config: CompiledConfig) -> Visit:
    """Return the visit that `request` describes.

    Raises ApiError for a wrong token, or for a parameter that is unknown, invalid, or reserved for token holders.
    """
    query = request.query
    app_of(request, config)
    authorization = request.header("Authorization")
    if authorization:
        context.tokens.check(authorization, SCOPE, config.site_id)
    elif query and OF_THE_TOKEN & query.keys():
        raise ApiError(
            403,
            "token_required",
            "Requires a token with scope decide: place, signals and choice of a visitor cannot be set without one.",
        )
    _check_query(query)
    if authorization:
        place = stated_place(context, request, query)
        choice = query.get("choice") or choice_cookie(request, config)
        tcf = query.get("tcf") or tcf_cookie(request, config)
    else:
        place = locate(context, request)
        choice, tcf = choice_cookie(request, config), tcf_cookie(request, config)
    language = config.language(query.get("language"), request.header("Accept-Language"), place)
    tcf = tcf if config.has_tcf else None
    signals, path = read_signals(request, query), query.get("path")
    return Visit(config, place, signals, language, choice, path, bool(authorization), tcf)


def app_of(request: Request, config: CompiledConfig) -> str | None:
    """Return the native app that sent `request`, as a host of the site, or None if a page or server sent it.

    Apps are distinguished, but not trusted more. Raises ApiError 403 for an app that isn't listed for the site.
    """
    app = request.header("Consent-App")
    if app is None or request.header("Origin") is not None:
        return None
    if app not in config.apps:
        raise ApiError(403, "unknown_app", "This app does not belong to the site.")
    return app


def choice_cookie(request: Request, config: CompiledConfig) -> str | None:
    """Return the site's consent cookie, truncated if it is longer than any can be.

    If both the host and its domain have one, it is the one that the page's script reads.
    """
    value = request.cookie(config.cookie)
    if value is not None and request.environ["HTTP_COOKIE"].count(config.cookie + "=") > 1:
        value = newest_choice_text(request.cookies(config.cookie))
    return value if value is None else value[: MAX_LENGTH + 1]


def tcf_cookie(request: Request, config: CompiledConfig) -> str | None:
    """Return the second cookie of a site with TCF: purposes and vendors, which count only together with the first."""
    value = request.cookie(config.cookie + TCF_COOKIE) if config.has_tcf else None
    return value if value is None else value[: MAX_TCF_LENGTH + 1]


def locate(context: ApiContext, request: Request) -> Place:
    """Return the place given by the visitor's address or the edge's headers."""
    return _locate(context, request).place


def network_of(context: ApiContext, request: Request) -> bytes:
    """Return the visitor's network, precise enough for rate limits."""
    return _locate(context, request).prefix


def _locate(context: ApiContext, request: Request) -> Located:
    """Return where the visitor is, counted once: an answer may start on the event loop and start again in a thread."""
    located: Located | None = request.environ.get(_LOCATED)
    if located is None:
        located = context.locator.locate(request.peer, request.header, maybe_forwarded=request.is_forwarded)
        request.environ[_LOCATED] = located
    return located


def strictest_visit(request: Request, config: CompiledConfig) -> Visit:
    """Return a visit without any trusted facts, for a script that was requested incorrectly."""
    language = config.language(None, request.header("Accept-Language"), _UNKNOWN)
    choice, tcf = choice_cookie(request, config), tcf_cookie(request, config)
    return Visit(config, _UNKNOWN, read_signals(request, {}), language, choice, None, False, tcf)


def read_signals(request: Request, query: dict[str, str]) -> Signals:
    """Return GPC (`Sec-GPC` exactly `1`: W3C GPC, 3.3), DNT, and the age and age band of a request."""
    # Servers join repeated headers with a bare comma; a list within one header has a space and isn't a signal.
    sent = query.get("gpc", request.header("Sec-GPC")) or ""
    gpc = "1" in sent.split(",") and " " not in sent
    dnt = query.get("dnt", request.header("DNT")) == "1"
    age = int(query["age"]) if "age" in query else None
    return _signals(gpc, dnt, query.get("age_band", "unknown") if age is None else band_of_age(age), age)


def stated_place(context: ApiContext, request: Request, query: dict[str, str]) -> Place:
    """Return the place stated by a token holder, in parameters or by the visitor's address, or an unknown one."""
    if "country" in query or "subdivision" in query:
        return read_place(query.get("country", ""), query.get("subdivision", ""), "token")
    address = request.header("X-Visitor-Address")
    return context.locator.locate_address(address) if address else _UNKNOWN


def _check_query(query: dict[str, str]) -> None:
    if not query:
        return
    unknown = [name for name in query if name not in KNOWN][:MAX_NAMED]
    errors = dict.fromkeys(unknown, "Unknown parameter.")
    if query.get("country") and not _COUNTRY.fullmatch(query["country"]):
        errors["country"] = "Must be an ISO 3166-1 alpha-2 country code, such as DE."
    if query.get("subdivision") and not _SUBDIVISION.fullmatch(query["subdivision"]):
        errors["subdivision"] = "Must be the second part of an ISO 3166-2 code, such as CA."
    for name in ("gpc", "dnt"):
        if query.get(name, "0") not in ("0", "1"):
            errors[name] = "Must be 0 or 1."
    if query.get("age_band", "unknown") not in BANDS:
        errors["age_band"] = f"Must be one of {', '.join(BANDS)}."
    if "age" in query and not _is_age(query["age"], query.get("age_band", "unknown")):
        errors["age"] = "Must be an age in whole years that matches age_band, if that is also sent."
    if len(query.get("choice", "")) > MAX_LENGTH:
        errors["choice"] = "Too long for a consent cookie."
    if len(query.get("tcf", "")) > MAX_TCF_LENGTH:
        errors["tcf"] = "Too long for a TCF cookie."
    if len(query.get("own", "")) > MAX_LENGTH + 32:
        errors["own"] = "Too long for the cookie of a device's own choice."
    if "path" in query and (not query["path"].startswith("/") or len(query["path"]) > MAX_PATH):
        errors["path"] = "Must be a path that begins with a slash."
    if query.get("view", "banner") not in VIEWS:
        errors["view"] = f"Must be one of {', '.join(VIEWS)}."
    if errors:
        raise ApiError(400, "invalid_parameter", "A parameter is invalid.", dict(errors))


def _is_age(text: str, band: str) -> bool:
    return bool(re.fullmatch(AGE, text)) and band in ("unknown", band_of_age(int(text)))
