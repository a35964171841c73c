"""From a request to what a decision needs: site, place, signals, language, choice, page."""

import re
from functools import lru_cache
from typing import NamedTuple

from consent.api.answer import ApiError
from consent.api.public import Public
from consent.api.request import Request, environ_keys
from consent.core.choice import MAX_LENGTH
from consent.core.decide import Signals
from consent.core.groups import AGE_BANDS
from consent.core.rules import Place
from consent.geo import Located, read_place
from consent.snapshots.compile import CompiledConfig

SCOPE = "decide"
OF_THE_PAGE = {"language", "path", "view"}
OF_THE_TOKEN = {"country", "subdivision", "gpc", "dnt", "age_band", "choice"}
BANDS = ("unknown", *AGE_BANDS)
VIEWS = ("banner", "csp")
MAX_PATH = 2048
_COUNTRY = re.compile(r"[A-Z]{2}")
_SUBDIVISION = re.compile(r"[A-Z0-9]{1,3}")
LONGEST_KEY = 512
_UNKNOWN = Place(None, None, "unknown")
_SENT = environ_keys("Accept-Language", "Accept-Encoding", "Sec-GPC", "DNT", "Origin")
"""What a page's request tells besides the visitor's place, choice, and query."""
_signals = lru_cache(64)(Signals)


class Visit(NamedTuple):
    """Who asks: a visitor's browser, or with `by_token` the site's own server for one."""

    config: CompiledConfig
    place: Place
    signals: Signals
    language: str
    choice: str | None
    path: str | None
    by_token: bool


def find_site(public: Public, key: str) -> CompiledConfig:
    """Return the live config of the site `key`. Raises ApiError 404 where there is none, 503 where that is not known yet."""
    config = public.live.get(key)
    if config is None and not public.live.were_read:
        # A browser gives up a choice that is refused with 404.
        raise ApiError(503, "unavailable", "The database has not answered since the service started.", retry_after=5)
    if config is None:
        raise ApiError(404, "unknown_site", "There is no such site here, or nothing was published for it.")
    return config


def limit_writes(public: Public, request: Request) -> None:
    """Raise ApiError 429 where the visitor's network has written too often, before anything is parsed."""
    if public.limit.is_lifted:
        return
    if not public.limit.admits(_locate(public, request).prefix):
        raise ApiError(429, "too_many", "Too many writes from this network; try again in a minute.", retry_after=60)


def limit_reports(public: Public, request: Request) -> None:
    """Raise ApiError 429 where the visitor's network has reported too often: apart from choices, which never wait for it."""
    if not public.report_limit.is_lifted and not public.report_limit.admits(_locate(public, request).prefix):
        raise ApiError(429, "too_many", "Too many reports from this network; try again in a minute.", retry_after=60)


def read_visit(public: Public, request: Request, config: CompiledConfig) -> Visit:
    """Return the visit that `request` describes.

    Raises ApiError for a wrong token, or a parameter that is unknown, faulty, or for token holders alone.
    """
    query = request.query
    authorization = request.header("Authorization")
    if authorization:
        public.tokens.check(authorization, SCOPE, config.site_id)
    elif query and OF_THE_TOKEN & query.keys():
        raise ApiError(
            403, "token_needed", "Only a token of scope decide may tell where a visitor is or what he chose."
        )
    _check_query(query)
    if authorization:
        place = _told_place(public, request, query)
        choice = query.get("choice") or choice_cookie(request, config)
    else:
        place = locate(public, request)
        choice = choice_cookie(request, config)
    language = config.language(query.get("language"), request.header("Accept-Language"), place)
    return Visit(config, place, read_signals(request, query), language, choice, query.get("path"), bool(authorization))


def plain_visit(request: Request, config: CompiledConfig, place: Place, choice: str | None) -> Visit:
    """Return the visit of a browser of which `place` and `choice` are known and that sends no query."""
    language = config.language(None, request.header("Accept-Language"), place)
    return Visit(config, place, read_signals(request, {}), language, choice, None, False)


def sent_by_page(request: Request) -> tuple[str | None, ...] | None:
    """Return what a request tells besides place and choice, as it was sent; None where it tells more, or much."""
    environ = request.environ
    if environ.get("QUERY_STRING") or "HTTP_AUTHORIZATION" in environ:
        return None
    sent = request.sent(_SENT)
    return sent if sum(map(len, filter(None, sent))) <= LONGEST_KEY else None


def choice_cookie(request: Request, config: CompiledConfig) -> str | None:
    """Return the site's consent cookie, cut off where it is longer than any can be."""
    value = request.cookie(config.cookie)
    return value if value is None else value[: MAX_LENGTH + 1]


def locate(public: Public, request: Request) -> Place:
    """Return the place that the visitor's address or the edge's headers tell."""
    return _locate(public, request).place


def _locate(public: Public, request: Request) -> Located:
    return public.locator.locate(request.peer, request.header, maybe_forwarded=request.is_forwarded)


def strictest_visit(request: Request, config: CompiledConfig) -> Visit:
    """Return the visit of somebody of whom nothing is believed, for a script that was asked for in a faulty way."""
    return plain_visit(request, config, _UNKNOWN, choice_cookie(request, config))


def read_signals(request: Request, query: dict[str, str]) -> Signals:
    """Return GPC (`Sec-GPC` exactly `1`: W3C GPC, 3.3), DNT and the age band of a request."""
    # Servers join a header that is there twice by a bare comma; a list within one header has its space and is no signal.
    sent = query.get("gpc", request.header("Sec-GPC")) or ""
    gpc = "1" in sent.split(",") and " " not in sent
    dnt = query.get("dnt", request.header("DNT")) == "1"
    return _signals(gpc, dnt, query.get("age_band", "unknown"))


def cors(config: CompiledConfig, request: Request) -> list[tuple[str, str]]:
    """Return the headers that let a page of the site read the answer. Raises ApiError 403 for a foreign origin.

    The service's own pages, such as the cookie declaration, may ask the host that they come from.
    """
    origin = request.header("Origin")
    if origin is not None and origin in config.origins:
        return [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Credentials", "true"),
            ("Vary", "Origin"),
        ]
    if origin is None or origin.partition("://")[2] == request.header("Host"):
        return [("Vary", "Origin")]
    raise ApiError(403, "foreign_origin", "This origin is not one of the site's hosts.")


def _told_place(public: Public, request: Request, query: dict[str, str]) -> Place:
    """Return the place that a token holder tells, by parameters or by the visitor's address; neither is an unknown one."""
    if "country" in query or "subdivision" in query:
        return read_place(query.get("country", ""), query.get("subdivision", ""), "token")
    address = request.header("X-Visitor-Address")
    return public.locator.locate_address(address) if address else _UNKNOWN


def _check_query(query: dict[str, str]) -> None:
    if not query:
        return
    faults = {name: "There is no such parameter." for name in query if name not in OF_THE_PAGE | OF_THE_TOKEN}
    if query.get("country") and not _COUNTRY.fullmatch(query["country"]):
        faults["country"] = "This must be a country of ISO 3166-1, such as DE."
    if query.get("subdivision") and not _SUBDIVISION.fullmatch(query["subdivision"]):
        faults["subdivision"] = "This must be the second part of an ISO 3166-2 code, such as CA."
    for name in ("gpc", "dnt"):
        if query.get(name, "0") not in ("0", "1"):
            faults[name] = "This must be 0 or 1."
    if query.get("age_band", "unknown") not in BANDS:
        faults["age_band"] = f"This must be one of {', '.join(BANDS)}."
    if len(query.get("choice", "")) > MAX_LENGTH:
        faults["choice"] = "This is longer than any consent cookie."
    if "path" in query and (not query["path"].startswith("/") or len(query["path"]) > MAX_PATH):
        faults["path"] = "This must be a path that begins with a slash."
    if query.get("view", "banner") not in VIEWS:
        faults["view"] = f"This must be one of {', '.join(VIEWS)}."
    if faults:
        raise ApiError(400, "bad_parameter", "A parameter cannot be used.", dict(faults))
