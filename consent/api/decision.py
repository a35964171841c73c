"""GET /api/v1/sites/<site>/decision: which tags may run for this visitor, each with its reason."""

import hashlib
from dataclasses import fields
from typing import Any

from consent.api.answer import Answer, to_json
from consent.api.prepared import Ready
from consent.api.public import Public
from consent.api.request import Request
from consent.api.visit import (
    Visit,
    choice_cookie,
    cors,
    find_site,
    locate,
    plain_visit,
    read_visit,
    sent_by_page,
)
from consent.compression import best_encoding
from consent.core.choice import parse_choice
from consent.core.decide import Decision, decide
from consent.proof.write_token import Fields, make_token
from consent.snapshots.ahead import ahead
from consent.snapshots.compile import day_of_time
from consent.snapshots.script_facts import Showing, page_form, pinned_facts, visit_facts
from consent.snapshots.sources import may_load, tag_sources

CACHE = "private, no-cache"
_PARTS = tuple(part.name for part in fields(Decision))


def answer_decision(public: Public, request: Request, site: str) -> Answer:
    """Answer the decision for a page, or with a token of scope `decide` for the site's server."""
    config = find_site(public, site)
    now = public.clock()
    sent = sent_by_page(request)
    if sent is None:
        return _answer(public, request, read_visit(public, request, config), now)
    place, choice = locate(public, request), choice_cookie(request, config)
    key = ("decision", config.name, place, choice, sent, day_of_time(now), config.site_day(now))
    return public.answers.get(key, lambda: _answer(public, request, plain_visit(request, config, place, choice), now))


def _answer(public: Public, request: Request, visit: Visit, now: float) -> Answer:
    config = visit.config
    headers = cors(config, request)
    day, view = day_of_time(now), request.query.get("view", "")
    if view == "banner" and not visit.by_token:
        public.seen.note(config, request.header("Origin") or request.header("Referer"), now)
    ready = ready_decision(public, visit, day, view)
    encoding = best_encoding(request.header("Accept-Encoding") or "")
    all_headers = [
        ("Content-Type", "application/json; charset=utf-8"),
        ("Cache-Control", cache_control(visit)),
        ("Vary", "Accept-Encoding, Accept-Language, Sec-GPC, DNT, Cookie, Authorization"),
        ("X-Content-Type-Options", "nosniff"),
        *headers,
    ]
    if encoding:
        all_headers.append(("Content-Encoding", encoding))
    return Answer(200, all_headers, ready.in_encoding(encoding))


def ready_decision(public: Public, visit: Visit, day: int, view: str = "") -> Ready:
    """Return the decision for `visit` as JSON; made once for all visitors of whom the same is known."""
    key = (
        visit.config.name,
        visit.place,
        visit.language,
        visit.signals,
        visit.choice,
        visit.path,
        visit.by_token,
        day,
        visit.config.site_day(public.clock()),
        view,
    )
    return public.decisions.get(key, lambda: Ready.of(to_json(decision_view(public, visit, day, view))))


def cache_control(visit: Visit) -> str:
    """Return how long a browser may keep an answer: not at all, or as long as the owner allowed (at most 300 s)."""
    seconds = visit.config.overrides["decision_seconds"]
    return f"private, max-age={seconds}" if seconds else CACHE


def decision_view(public: Public, visit: Visit, day: int, view: str = "") -> dict[str, Any]:
    """Return the decision for `visit`; `view` adds what the script needs (`banner`), or CSP sources (`csp`)."""
    shown = showing(public, visit, day)
    resolved = shown.resolved
    decision = decide(resolved, day, visit.signals, parse_choice(visit.choice), visit.path)
    to_page = view == "banner" or not visit.by_token
    facts = {
        **visit_facts(shown),
        # Not `asdict`: it would copy every tag, which takes longer than the decision.
        **{part: getattr(decision, part) for part in _PARTS},
        **({"token": write_token(public, visit, resolved["regime"], day)} if to_page else {}),
    }
    if view == "banner":
        facts["banner"] = {
            **pinned_facts(shown, facts["token"]),
            "ahead": ahead(resolved, day, visit.signals),
            "later": later_address(public, shown),
        }
        # The script that asks may have come for another language, without the part that this one needs: `acts` has it.
        if facts["banner"].get("handle"):
            facts["banner"]["eager"] = "html"
    if view == "csp":
        facts["sources"] = _sources(public, visit, day)
    return facts


def _sources(public: Public, visit: Visit, day: int) -> list[str]:
    """Return what `visit` may load from, in a page of any language: a server's policy does not know the page's."""
    config = visit.config
    resolved = config.resolved_for(visit.place, day, None, config.site_day(public.clock()))
    decision = decide(resolved, day, visit.signals, parse_choice(visit.choice), visit.path)
    return tag_sources(config.document, may_load(decision.tags))


def showing(public: Public, visit: Visit, day: int) -> Showing:
    """Return what the banner depends on for `visit`."""
    config, version = visit.config, public.rules.version
    site_day = config.site_day(public.clock())
    return Showing(config, visit.place, visit.signals, visit.language, day, version, site_day)


def later_address(public: Public, shown: Showing) -> str:
    """Return the path of what a page fetches after the first layer: it names all that the answer depends on."""
    config = shown.config
    address = f"/b/{config.site}/{short(public.build.acts_sha256)}/{short(config.name)}/{shown.language}.js"
    return f"{address}?place={shown.place.code}&rule={resolved_name(shown.resolved)}"


def resolved_name(resolved: dict[str, Any]) -> str:
    """Return a name for what a page is told of a resolved config: the same from day to day, until a rule changes."""
    return hashlib.sha256(to_json(page_form(resolved))).hexdigest()[:8]


def short(sha256: str) -> str:
    """Return as much of a hash as tells builds and configs apart in an address."""
    return sha256.removeprefix("sha256:")[:16]


def write_token(public: Public, visit: Visit, regime: str, day: int) -> str:
    """Return the token that a write of a choice has to carry: a MAC over what was shown."""
    fields = Fields(
        site=visit.config.site,
        config=visit.config.name,
        country=visit.place.country,
        subdivision=visit.place.subdivision,
        source=visit.place.source,
        regime=regime,
        rules_version=public.rules.version,
        language=visit.language,
        variant=visit.config.variant,
        day=day,
    )
    return make_token(public.keys.secret, fields)
