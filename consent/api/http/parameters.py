"""Query parameters and headers that several endpoints share, for the OpenAPI document."""

from typing import Any

from consent.api.http.request_schemas import ACTIONS, CONFIG, RECEIPT_METHODS
from consent.core.age_rules import AGE
from consent.core.groups import AGE_BANDS, OPTIONAL
from consent.storage.receipts.receipts import COUNT_CAP
from consent.storage.selection.filters import RESTRICTED

ID = "5f0c0e6b8f3a4d1c9e7b2a6d4c8e1f03"
"""An example id, of a receipt or a visitor."""


def query(name: str, description: str, example: str | int, **schema: Any) -> dict[str, Any]:
    """Return an optional query parameter; `schema` extends its string schema."""
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": {"type": "string", **schema},
        "example": example,
    }


def alternative(parameter: dict[str, Any]) -> dict[str, Any]:
    """Return `parameter` for calls without another one: it is left out of the example call."""
    found = dict(parameter)
    return found | {"schema": {**found["schema"], "examples": [found.pop("example")]}}


LANGUAGE = query(
    "language", "Language of the page (BCP 47). Default: that of the browser, the place or the site.", "en"
)
_BY_SERVER = " (token of scope `decide` only)."
DECISION_PARAMETERS = (
    LANGUAGE,
    query("path", "Path of the page, for rules that apply to certain pages.", "/checkout", pattern="^/"),
    query(
        "view",
        "`banner` adds texts, theme and tag sources; `csp` adds the `sources` for a Content-Security-Policy.",
        "banner",
        enum=["banner", "csp"],
    ),
    query("country", f"Country of the visitor (ISO 3166-1 alpha-2){_BY_SERVER}", "DE", pattern="^([A-Z]{2})?$"),
    query(
        "subdivision",
        f"Subdivision of the visitor: the second part of its ISO 3166-2 code{_BY_SERVER}",
        "CA",
        pattern="^([A-Z0-9]{1,3})?$",
    ),
    query("gpc", f"`1` if the visitor's browser sends Global Privacy Control{_BY_SERVER}", "1", enum=["0", "1"]),
    query("dnt", f"`1` if the visitor's browser sends Do Not Track{_BY_SERVER}", "0", enum=["0", "1"]),
    query(
        "age_band",
        f"Age band of the visitor, if the site knows it{_BY_SERVER}",
        "adult",
        enum=["unknown", *AGE_BANDS],
    ),
    query(
        "age",
        f"Age of the visitor in whole years; used for this decision only{_BY_SERVER}",
        "15",
        pattern=f"^{AGE}$",
    ),
    query("choice", f"Value of the visitor's consent cookie, `consent_<site>`{_BY_SERVER}", "", maxLength=1024),
    query("tcf", f"Value of the cookie `consent_<site>_tcf`, on a site with TCF{_BY_SERVER}", "", maxLength=3800),
    query("own", f"Value of the cookie `consent_<site>_own` of a signed-in visitor{_BY_SERVER}", "", maxLength=1056),
    {
        "name": "Consent-Subject",
        "in": "header",
        "required": False,
        "description": (
            "Subject token of the signed-in visitor; with an API token of scope `decide`, the `sub` itself is "
            "also accepted."
        ),
        "schema": {"type": "string", "maxLength": 1024},
        "example": "",
    },
    {
        "name": "X-Visitor-Address",
        "in": "header",
        "required": False,
        "description": f"IP address of the visitor, used to look up the place and never logged{_BY_SERVER}",
        "schema": {"type": "string"},
        "example": "192.0.2.7",
    },
)
_ANSWERS = ["granted", "refused", "none"]
FILTERS = (
    query("from", "Start of the period: a date or a time (RFC 3339), inclusive.", "2026-11-01"),
    query("to", "End of the period: a date, inclusive, or a time (RFC 3339), exclusive.", "2026-11-30"),
    query("country", "Country (ISO 3166-1 alpha-2), or `unknown`.", "DE"),
    query("subdivision", "Subdivision: the second part of its ISO 3166-2 code.", "CA"),
    query("regime", "Regime that applied.", "eu_opt_in"),
    query("action", "Action that the visitor took.", "reject_all", enum=list(ACTIONS)),
    query("method", "How the choice was made.", "click", enum=list(RECEIPT_METHODS)),
    *(
        query(f"group.{group}", f"Effective answer for the group `{group}`.", "granted", enum=_ANSWERS)
        for group in OPTIONAL
    ),
    query("vendor.hotjar", "Answer for one vendor, whose id follows the dot.", "refused", enum=["granted", "refused"]),
    query("config", "Hash of the config that was shown.", CONFIG),
    query("visitor", "Opaque id of the visitor, as in receipts.", ID),
    query("language", "Language of the banner (BCP 47).", "de"),
    query("signal", "Privacy signal that the browser sent.", "gpc", enum=["gpc", "dnt"]),
    query("age_band", "Age band of the visitor.", "under13", enum=["unknown", *AGE_BANDS]),
    query("origin_checked", "Whether the request came from an origin of the site.", "true", enum=["true", "false"]),
    query(
        "restricted",
        "Receipts whose processing is restricted (GDPR Art. 18). Default: `exclude`.",
        "include",
        enum=list(RESTRICTED),
    ),
)
SEARCH_PARAMETERS = (
    *FILTERS,
    query("cursor", "Cursor of the page: the `next` of the previous page.", ""),
    query("count", f"Whether to also count all matches, up to {COUNT_CAP:,}.", "true", enum=["true", "false"]),
    query("limit", "Maximum number of receipts per page.", 50, type="integer", minimum=1, maximum=500),
)
EXPORT_PARAMETERS = (
    query("format", "Format of the export. Default: `jsonl`.", "csv", enum=["csv", "jsonl", "iso27560"]),
    query("archive", "`zip` returns the file together with its manifest.", "zip", enum=["zip"]),
    *FILTERS,
)
CONSISTENCY_FROM = query(
    "from", "Tree size (number of leaves) of the earlier checkpoint.", 256, type="integer", minimum=1
) | {"required": True}
CONSISTENCY_CHECKPOINT = query(
    "checkpoint",
    "Checkpoint to prove: the newest, or the newest cosigned by witnesses.",
    "newest",
    enum=["newest", "cosigned"],
)
