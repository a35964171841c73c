"""GET /api/v1/sites/<site>/decision: which tags may run for this visitor, each with its reason."""

import hashlib
from functools import lru_cache

import orjson

from consent.api.http.caches import DecidedJson
from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import Answer
from consent.api.http.site import allowed_origin, cors_headers, find_site
from consent.api.page.visit_context import Visit, read_visit
from consent.core.choice import parse_choice
from consent.core.decide import decide, expiry, has_granted, valid_tcf
from consent.core.documents.decision import DecisionParts, DecisionView
from consent.core.documents.resolved import Resolved
from consent.core.documents.script_payload import DrawnVariant
from consent.core.effective_choice import effective_choice
from consent.runtime.compiled_config import day_of_time
from consent.runtime.csp_sources import may_load, tag_sources
from consent.runtime.decisions import gpp_answer
from consent.runtime.embed_snippets import CHECK_HEADER
from consent.runtime.handover_groups import partner_hosts, partners_of
from consent.runtime.precomputed_decisions import precompute_decisions
from consent.runtime.script_payload import (
    Showing,
    page_form,
    pinned_facts,
    signal_facts,
    variant_parts,
    visit_facts,
)
from consent.runtime.tcf_facts import tcf_answer
from consent.signing.write_token import Fields, make_token
from consent.web.compression import best_encoding, compress

stored_choice = lru_cache(4096)(parse_choice)
"""Return the choice in a cookie, or None; most visitors return with the same one."""


def answer_unsigned(context: ApiContext, request: Request, site: str) -> Answer:
    """Return the decision for a visitor who isn't known to be signed in."""
    config = find_site(context, site)
    now = context.clock()
    visit = read_visit(context, request, config)
    origin = allowed_origin(config, request)
    view = request.query.get("view", "")
    if view == "banner" and not visit.by_token and request.header(CHECK_HEADER) is None:
        context.buffers.script_fetches.note(config, request.header("Origin") or request.header("Referer"), now)
    encoding = best_encoding(request.header("Accept-Encoding") or "")
    choice = (visit.choice, visit.tcf) if visit.choice and stored_choice(visit.choice, visit.tcf) else None
    # One answer per choice including its day, built from a decision shared by choices of many days.
    key = (*visit.key(now), view, visit.by_token, config.page_kind(visit.path), choice, encoding, origin)
    key += handover_names(context, visit)
    return context.caches.answers.get(
        key, lambda: _answer(decision_json(context, visit, now, view), visit, encoding, origin)
    )


def _answer(body: bytes, visit: Visit, encoding: str, origin: str | None) -> Answer:
    headers = [
        ("Content-Type", "application/json; charset=utf-8"),
        ("Cache-Control", visit.config.cache_control),
        ("Vary", "Accept-Encoding, Accept-Language, Sec-GPC, DNT, Cookie, Authorization"),
        ("X-Content-Type-Options", "nosniff"),
        *cors_headers(origin),
    ]
    if encoding:
        headers.append(("Content-Encoding", encoding))
        body = compress(body, encoding)
    return Answer(200, headers, body)


def decision_json(context: ApiContext, visit: Visit, now: float, view: str = "") -> bytes:
    """Return the decision for `visit` at `now` (Unix seconds) as JSON.

    It is built once for all visitors who differ only in the expiry date of their choice.
    """
    config, day, choice = visit.config, day_of_time(now), stored_choice(visit.choice, visit.tcf)
    resolved = config.resolved_for(visit.place, now, visit.language)
    effective = choice and effective_choice(resolved, day, choice)
    key = (*visit.key(now), view, visit.by_token, config.page_kind(visit.path), effective)
    key += handover_names(context, visit)
    decided = context.caches.decisions.get(key, lambda: _decide(context, visit, now, view))
    expires = expiry(resolved, choice, is_granted=decided.is_granted)
    return decided.before + orjson.dumps(expires) + decided.after


def _decide(context: ApiContext, visit: Visit, now: float, view: str) -> DecidedJson:
    decision = decision_view(context, visit, now, view)
    # No text precedes this field.
    before, name, after = orjson.dumps({**decision, "expires": None}).partition(b'"expires":')
    resolved = banner_facts(context, visit, now).resolved
    is_granted = has_granted(resolved, decision["groups"], decision["tags"])
    return DecidedJson(before + name, after.removeprefix(b"null"), is_granted)


def decision_view(context: ApiContext, visit: Visit, now: float, view: str = "") -> DecisionView:
    """Return the decision for `visit`; `view` adds what the script needs (`banner`), or CSP sources (`csp`)."""
    shown = banner_facts(context, visit, now)
    config, resolved, day = visit.config, shown.resolved, shown.day
    choice = stored_choice(visit.choice, visit.tcf)
    decision = decide(resolved, day, visit.signals, choice, visit.path)
    to_page = view == "banner" or not visit.by_token
    facts: DecisionView = {
        **visit_facts(shown),
        "signals": signal_facts(visit.signals),
        # Not `asdict`: it would copy every tag, which takes longer than the decision.
        "show": decision.show,
        "status": decision.status,
        "links": decision.links,
        "expires": decision.expires,
        "groups": decision.groups,
        "tags": decision.tags,
        "allowed_tags": decision.allowed_tags,
        "limited_tags": decision.limited_tags,
        **(DecisionParts(token=write_token(context, visit, resolved["regime"], day)) if to_page else DecisionParts()),
    }
    if gpp := gpp_answer(config, visit.place, visit.signals, decision):
        facts["gpp"] = gpp
    if tcf := tcf_answer(config, resolved, visit.place, valid_tcf(resolved, day, choice), decision.groups):
        facts["tcf"] = tcf
    if view == "banner":
        banner = pinned_facts(shown, facts["token"], variants_to_draw(context, visit, shown))
        if config.handover is not None:
            banner["handover"] = partner_hosts(context.configs.live, config)
        banner |= {
            "ahead": precompute_decisions(resolved, day, visit.signals, shown.asked),
            "later": late_parts_path(context, shown),
        }
        if screens := screens_address(context, shown):
            banner["screens"] = screens
        if old := config.old_facts(resolved):
            banner["old"] = old
        # The requesting script may have been built for another language, without the part needed here; `acts` has it.
        if banner.get("handle"):
            banner["eager"] = "html"
        facts["banner"] = banner
    if view == "csp":
        facts["sources"] = _sources(visit, now)
    return facts


def _sources(visit: Visit, now: float) -> list[str]:
    """Return the sources `visit` may load from, for a page in any language: a server's policy can't know which."""
    config, day = visit.config, day_of_time(now)
    resolved = config.resolved_for(visit.place, now, None)
    decision = decide(resolved, day, visit.signals, stored_choice(visit.choice, visit.tcf), visit.path)
    return tag_sources(config.document, may_load(decision.tags))


def banner_facts(context: ApiContext, visit: Visit, now: float) -> Showing:
    """Return the facts that the banner for `visit` depends on at `now` (Unix seconds)."""
    config, version = visit.config, context.configs.rules.version
    day, site_day, law_day = config.days_at(visit.place, now)
    return Showing(config, visit.place, visit.signals, visit.language, day, version, site_day, law_day)


def handover_names(context: ApiContext, visit: Visit) -> tuple[str, ...]:
    """Return the names of the other configs that an answer depends on: those of sites that share choices."""
    if visit.config.handover is None:
        return ()
    return tuple(partner.name for partner in partners_of(context.configs.live, visit.config)[1:])


def late_parts_path(context: ApiContext, shown: Showing) -> str:
    """Return the path of what a page fetches after the first layer; it names everything that the answer depends on."""
    config, acts = shown.config, short_hash(context.configs.build.acts_sha256)
    address = f"/b/{config.site}/{acts}/{short_hash(config.name)}/{shown.language}.js"
    return f"{address}?place={shown.place.code}&rule={resolved_name(shown.resolved)}"


def screens_address(context: ApiContext, shown: Showing) -> str | None:
    """Return the path of the second layer's code if TCF applies, otherwise None."""
    if not shown.config.tcf_applies(shown.place.country):
        return None
    return f"/b/{shown.config.site}/tcf/{short_hash(context.configs.build.screens_sha256)}.js"


def resolved_name(resolved: Resolved) -> str:
    """Return a name for what a page gets of a resolved config: the same from day to day, until a rule changes."""
    return hashlib.sha256(orjson.dumps(page_form(resolved))).hexdigest()[:8]


def short_hash(sha256: str) -> str:
    """Return enough of a hash to distinguish builds and configs in a URL."""
    return sha256.removeprefix("sha256:")[:16]


def variants_to_draw(context: ApiContext, visit: Visit, shown: Showing) -> list[DrawnVariant]:
    """Return the variants that the page draws from: since the page draws, all visitors get the same bytes."""
    regime, day = shown.resolved["regime"], shown.day
    weights = {variant["id"]: variant["weight"] for variant in shown.config.document["variants"]}
    return [
        {
            "id": variant.variant,
            "weight": weights[variant.variant],
            "token": write_token(context, visit, regime, day, variant.variant),
            **variant_parts(shown, variant),
        }
        for variant in shown.config.variants_in(shown.language)
    ]


def write_token(context: ApiContext, visit: Visit, regime: str, day: int, variant: str = "") -> str:
    """Return the token that a write of a choice must carry: a MAC over what was shown, including a drawn `variant`."""
    fields = Fields(
        site=visit.config.site,
        config=visit.config.name,
        country=visit.place.country,
        subdivision=visit.place.subdivision,
        source=visit.place.source,
        regime=regime,
        rules_version=context.configs.rules.version,
        language=visit.language,
        variant=variant or visit.config.variant,
        day=day,
    )
    return make_token(context.keys.secret, fields)
