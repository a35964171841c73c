"""The frame of a live preview: a draft's banner as it is while someone types."""

from flask import Response, abort, request

from consent.core.decide import Signals
from consent.core.documents.config import Config, Draft
from consent.core.rules import Place
from consent.dashboard.frame.context import services
from consent.dashboard.frame.locale import Labels
from consent.presentation.theme import DARK, LIGHT
from consent.publishing.preview import config_of
from consent.publishing.publish import freeze
from consent.runtime.banner_frame import Frame, frame
from consent.runtime.compiled_config import day_of_time
from consent.runtime.script_payload import Showing
from consent.sites.draft import DraftError, check_draft
from consent.sites.vendor_lists.site_cut import cut_source
from consent.storage.database.base import db
from consent.storage.sites.sites import SiteRow

PLACES = Labels(
    {
        "DE": "Germany",
        "GB": "United Kingdom",
        "US-CA": "California",
        "US-TX": "Texas",
        "": "Unknown place",
    }
)
"""Places for the preview: one for each kind of first layer."""
NOTHING = "default-src 'none'; frame-ancestors 'self'"


def draft_error(draft: Draft) -> Response | None:
    """Return the first sentence on an invalid `draft` as a frame, or None if its banner can be rendered."""
    try:
        check_draft(draft, services().rules.codes)
    except DraftError as error:
        sentence = next(iter(error.fields.values()))
        return Response(sentence, headers={"Content-Security-Policy": NOTHING}, mimetype="text/plain")
    return None


def live_frame(site: SiteRow, draft: Draft, live: Config | None, language: str) -> Response:
    """Render the banner of `draft` for the requested place, layer and color scheme; nothing is sent or counted."""
    drawn = _rendered(site, _in_scheme(draft), live, language)
    return Response(drawn.page, headers={"Content-Security-Policy": drawn.policy})


def _rendered(site: SiteRow, draft: Draft, live: Config | None, language: str) -> Frame:
    given, country, layer = services(), request.values.get("place", "DE"), request.values.get("layer", "1")
    if country not in PLACES or layer not in ("1", "2"):
        abort(404)
    code, _, subdivision = country.partition("-")
    tcf = cut_source(db.session, draft, given.catalog)
    document = freeze(draft, live, live["version"] + 1 if live else 1, given.artifacts, tcf)
    showing = Showing(
        config_of(document, site.id, given.rules),
        Place(code or None, subdivision or None, "token"),
        Signals(),
        language,
        day_of_time(given.now),
        given.rules.version,
    )
    device = request.values.get("device")
    schemes = device if device in (LIGHT, DARK) else f"{LIGHT} {DARK}"
    cut = tcf.cut(draft, live) if tcf else None
    drafted = cut.files if cut else ()
    build = given.artifacts.banner
    return frame(db.session, showing, build, given.now, layer=int(layer), schemes=schemes, drafted=drafted)


def _in_scheme(draft: Draft) -> Draft:
    """Return `draft` in the requested color scheme, since not every browser lets a frame have its own."""
    device = request.values.get("device")
    follows = draft["look"].get("scheme", "auto") == "auto"
    return draft | {"look": draft["look"] | {"scheme": device}} if device in (LIGHT, DARK) and follows else draft
