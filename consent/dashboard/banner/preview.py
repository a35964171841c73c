"""Preview as any visitor: the draft's banner, and which tags run or are blocked, each with its reason."""

import datetime

from flask import Response, abort, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.core.days import DAY_SECONDS
from consent.core.decide import Signals
from consent.core.documents.decision import TagAnswer
from consent.core.paths import any_matches
from consent.dashboard.banner.preview_query import (
    BANDS,
    CHOICES,
    DEVICES,
    SOURCES,
    UNKNOWN,
    VISITS,
    Visitor,
    read_visitor,
)
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import SiteState, site_state
from consent.dashboard.frame.headers import CSP
from consent.dashboard.frame.labels import regime_words, trigger_words
from consent.dashboard.frame.locale import Labels, language_words, place_words
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.frame.reason_labels import MODE_BADGES, MODE_WORDS, reason_text
from consent.geo.places import SUBDIVISIONS, countries
from consent.presentation.name_order import name_key
from consent.publishing.preview import SimulatedVisit, cookie_of, simulate_visit
from consent.publishing.preview_config import draft_config, live_config
from consent.runtime.banner_frame import frame
from consent.runtime.compiled_config import CompiledConfig
from consent.sites.vendor_lists.site_cut import cut_source
from consent.storage.database.base import db
from consent.storage.sites.sites import SiteRow

EPOCH = datetime.date(1970, 1, 1)
SHOWS = Labels(
    {
        "ask": "The banner asks for consent",
        "notice": "A notice is shown, with the way to refuse",
        "none": "No banner is shown; the privacy choices button stays on the page",
    }
)


@blueprint.get("/sites/<site>/preview")
@allowed("see")
def preview(site: SiteRow) -> ResponseReturnValue:
    """Show what the simulated visitor would get."""
    state = site_state(site)
    visitor, errors = read_visitor(request.args, _languages(state))
    result = _simulated(site, state, visitor)
    config = result.showing.config
    page = render_template(
        "dashboard/banner/preview.html",
        visitor=visitor,
        faults=errors,
        is_live=state.live is not None,
        pending=state.pending,
        version=config.version,
        met=result,
        tags=_tags(result, visitor.path),
        shows=SHOWS[result.decision.show],
        regime=regime_words(result.showing.resolved["regime"]),
        law=result.showing.resolved["rule"].partition(f" {result.showing.resolved['regime']} ")[2],
        links=[
            link["label"] for link in config.page_facts(result.showing.resolved, result.showing.language, ())["links"]
        ],
        today=_today().isoformat(),
        options=_options(config),
        variants=_variants(state, visitor),
    )
    response = make_response(page)
    response.headers["Content-Security-Policy"] = f"{CSP}; frame-src 'self'"
    if "HX-Request" in request.headers:
        response.headers["HX-Push-Url"] = url_for("dashboard.preview", site=site.key) + _undated(visitor).text
    return response


@blueprint.get("/sites/<site>/preview/frame")
@allowed("see")
def preview_frame(site: SiteRow) -> ResponseReturnValue:
    """Render the banner that the visitor would get, in a frame that sends and stores nothing."""
    state = site_state(site)
    visitor, errors = read_visitor(request.args, _languages(state))
    if errors:
        abort(400)
    result = _simulated(site, state, visitor)
    noon = result.showing.day * DAY_SECONDS + DAY_SECONDS // 2
    build, drafted = services().artifacts.banner, _draft_files(state)
    drawn = frame(db.session, result.showing, build, noon, layer=1, choice=result.cookie, drafted=drafted)
    return Response(drawn.page, headers={"Content-Security-Policy": drawn.policy})


def _simulated(site: SiteRow, state: SiteState, visitor: Visitor) -> SimulatedVisit:
    draft, live = _configs(site, state)
    config = (live if visitor.of == "live" and live else draft).for_variant(visitor.variant)
    signals = Signals(visitor.gpc == "1", visitor.dnt == "1", visitor.age)
    day = (visitor.day(_today()) - EPOCH).days
    language = config.language(visitor.language or None, None, visitor.where)
    cookie = _cookie(visitor, config, live or config, signals, day)
    return simulate_visit(config, visitor.where, signals, language, day, cookie, visitor.path)


def _configs(site: SiteRow, state: SiteState) -> tuple[CompiledConfig, CompiledConfig | None]:
    """Return the config that the draft would become, and the live one or None."""
    given = services()
    tcf = cut_source(db.session, state.draft, given.catalog)
    draft = draft_config(state.text, state.body, given.artifacts, site.id, given.rules, tcf)
    return draft, live_config(site.live_config, state.body, site.id, given.rules)


def _draft_files(state: SiteState) -> tuple[bytes, ...]:
    """Return the vendor list files that the draft's second layer would use; none without TCF."""
    source = cut_source(db.session, state.draft, services().catalog)
    cut = source.cut(state.draft, state.live) if source else None
    return cut.files if cut else ()


def _cookie(visitor: Visitor, config: CompiledConfig, live: CompiledConfig, signals: Signals, day: int) -> str:
    """Return the visitor's cookie: a returning visitor has answered the live config, others `config`."""
    if visitor.choice not in CHOICES:
        return visitor.choice
    if not visitor.choice:
        return ""
    granted = {"all": frozenset(CHOICES), "nothing": frozenset[str]()}.get(visitor.choice, frozenset({visitor.choice}))
    base = config if visitor.visit == "0" else live
    return cookie_of(base, visitor.where, signals, day - int(visitor.visit), granted)


class TagPreview(TagAnswer):
    """A tag in a decision, with its name and the decision in words."""

    name: str
    state: str
    badge: str
    why: str
    waits: str


def _tags(result: SimulatedVisit, path: str) -> list[TagPreview]:
    document, regime = result.showing.config.document, result.showing.resolved["regime"]
    full = {tag["id"]: tag for tag in document["tags"]}
    pays = any_matches(document["overrides"].get("payment_paths", []), path)
    return [
        {
            **tag,
            "name": full[tag["id"]]["name"],
            "state": MODE_WORDS[tag["mode"]],
            "badge": MODE_BADGES[tag["mode"]],
            "why": reason_text(tag, regime, on_payment_page=pays and not full[tag["id"]].get("payment_note")),
            "waits": trigger_words(tag["trigger"]) if "trigger" in tag and tag["mode"] != "held" else "",
        }
        for tag in result.decision.tags
    ]


def _variants(state: SiteState, visitor: Visitor) -> dict[str, str]:
    """Return the variants that the visitor can get, by id and in words; none without an experiment."""
    document = state.live if visitor.of == "live" and state.live else state.draft
    drawn = [one["id"] for one in document["variants"]]
    named = {name: gettext("Variant %(variant)s", variant=name.upper()) for name in drawn}
    return named if len(drawn) > 1 else {}


def _languages(state: SiteState) -> tuple[str, ...]:
    return tuple({*state.draft["texts"]["languages"], *(state.live or state.draft)["texts"]["languages"]})


def _options(config: CompiledConfig) -> dict[str, object]:
    """Return the options of each select in the form."""
    return {
        "places": _places(),
        "languages": {"": gettext("The place's")}
        | {code: language_words(code) for code in sorted(config.languages, key=language_words)},
        "devices": DEVICES,
        "sources": SOURCES,
        "visits": VISITS,
        "choices": CHOICES,
        "bands": BANDS,
    }


def _places() -> dict[str, list[tuple[str, str]]]:
    """Return all places by heading: countries, and the subdivisions of those whose law differs within them."""
    named = [(code, place_words(code)) for code in countries()]
    places = {
        str(gettext("Countries")): [
            (UNKNOWN, gettext("Place not known")),
            *sorted(named, key=lambda pair: name_key(pair[1])),
        ]
    }
    for code, name in sorted(SUBDIVISIONS.items()):
        country, _, part = code.partition("-")
        heading = place_words(country)
        places.setdefault(heading, []).append((code, f"{gettext(name)} ({part})"))
    return places


def _undated(visitor: Visitor) -> Visitor:
    """Return the visitor without a date if it is today, so that a bookmarked URL always means today."""
    return visitor._replace(date="") if visitor.date == _today().isoformat() else visitor


def _today() -> datetime.date:
    return datetime.datetime.fromtimestamp(services().now, datetime.UTC).date()
