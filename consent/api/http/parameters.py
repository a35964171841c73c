"""Query parameters and headers that several endpoints share, for the OpenAPI document."""

from typing import Any

from consent.api.http.request_schemas import ACTIONS, CONFIG, RECEIPT_METHODS
from consent.core.age_rules import AGE
from consent.core.groups import AGE_BANDS, OPTIONAL
from consent.storage.receipts.receipts import COUNT_CAP
from consent.storage.selection.filters import RESTRICTED

ID = "5f0c0e6b8f3a4d1c9e7b2a6d4c8e1f03"
"""An example id of a receipt or a visitor."""


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


LANGUAGE = query("language", "Language of the page, as BCP 47; else the browser's, the place's or the site's.", "en")
_BY_SERVER = " (token of scope `decide` only)."
DECISION_PARAMETERS = (
    LANGUAGE,
    query("path", "Path of the page, for rules by page.", "/checkout", pattern="^/"),
    query(
        "view",
        "`banner` adds texts, theme and tag sources, `csp` the `sources` of a Content-Security-Policy.",
        "banner",
        enum=["banner", "csp"],
    ),
    query("country", f"Country of the visitor, as ISO 3166-1 alpha-2{_BY_SERVER}", "DE", pattern="^([A-Z]{2})?$"),
    query(
        "subdivision",
        f"Subdivision of the visitor, the second part of ISO 3166-2{_BY_SERVER}",
        "CA",
        pattern="^([A-Z0-9]{1,3})?$",
    ),
    query("gpc", f"1 where the visitor's browser sends Global Privacy Control{_BY_SERVER}", "1", enum=["0", "1"]),
    query("dnt", f"1 where the visitor's browser sends Do Not Track{_BY_SERVER}", "0", enum=["0", "1"]),
    query(
        "age_band",
        f"Age of the visitor as far as the site knows it{_BY_SERVER}",
        "adult",
        enum=["unknown", *AGE_BANDS],
    ),
    query(
        "age",
        f"Age of the visitor in whole years, for this decision alone{_BY_SERVER}",
        "15",
        pattern=f"^{AGE}$",
    ),
    query("choice", f"Value of the visitor's consent cookie{_BY_SERVER}", "", maxLength=1024),
    query("tcf", f"Value of the cookie `consent_<site>_tcf`, on a site with TCF{_BY_SERVER}", "", maxLength=3800),
    query("own", f"Value of the cookie `consent_<site>_own`, of who is signed in{_BY_SERVER}", "", maxLength=1056),
    {
        "name": "Consent-Subject",
        "in": "header",
        "required": False,
        "description": "Subject token of who is signed in; with a token of scope `decide` also a bare `sub`.",
        "schema": {"type": "string", "maxLength": 1024},
        "example": "",
    },
    {
        "name": "X-Visitor-Address",
        "in": "header",
        "required": False,
        "description": f"Network address of the visitor, used for the look-up and never logged{_BY_SERVER}",
        "schema": {"type": "string"},
        "example": "192.0.2.7",
    },
)
_ANSWERS = ["granted", "refused", "none"]
FILTERS = (
    query("from", "First date, or first time (RFC 3339), included.", "2026-11-01"),
    query("to", "Last date, which counts whole, or a time (RFC 3339), excluded.", "2026-11-30"),
    query("country", "Country, as ISO 3166-1 alpha-2, or `unknown`.", "DE"),
    query("subdivision", "Subdivision, the second part of ISO 3166-2.", "CA"),
    query("regime", "Name of the regime that applied.", "eu_opt_in"),
    query("action", "Action of the choice.", "reject_all", enum=list(ACTIONS)),
    query("method", "Means by which the choice was made.", "click", enum=list(RECEIPT_METHODS)),
    *(
        query(f"group.{group}", f"Effective answer for the group {group}.", "granted", enum=_ANSWERS)
        for group in OPTIONAL
    ),
    query("vendor.hotjar", "Answer for one vendor, by its id after the dot.", "refused", enum=["granted", "refused"]),
    query("config", "Name of the config that was shown.", CONFIG),
    query("visitor", "Opaque id of the visitor, as receipts show it.", ID),
    query("language", "Language of the banner, as BCP 47.", "de"),
    query("signal", "Signal that the browser sent.", "gpc", enum=["gpc", "dnt"]),
    query("age_band", "Age band of the visitor.", "under13", enum=["unknown", *AGE_BANDS]),
    query("origin_checked", "Whether the request came from an origin of the site.", "true", enum=["true", "false"]),
    query(
        "restricted", "Receipts whose use is restricted; the default is `exclude`.", "include", enum=list(RESTRICTED)
    ),
)
SEARCH_PARAMETERS = (
    *FILTERS,
    query("cursor", "Cursor of the page, the `next` of the page before.", ""),
    query("count", f"Whether to count all matches, up to {COUNT_CAP:,}.", "true", enum=["true", "false"]),
    query("limit", "Number of receipts on a page.", 50, type="integer", minimum=1, maximum=500),
)
EXPORT_PARAMETERS = (
    query("format", "Format of the export; the default is `jsonl`.", "csv", enum=["csv", "jsonl", "iso27560"]),
    query("archive", "`zip` returns the file together with its manifest.", "zip", enum=["zip"]),
    *FILTERS,
)
CONSISTENCY_FROM = query("from", "Number of leaves of the earlier checkpoint.", 256, type="integer", minimum=1) | {
    "required": True
}
CONSISTENCY_CHECKPOINT = query(
    "checkpoint",
    "Up to the newest, or the newest cosigned by witnesses.",
    "newest",
    enum=["newest", "cosigned"],
)
