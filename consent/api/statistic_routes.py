"""Routes of statistics and the loss meter, with what the OpenAPI document says of them."""

from typing import Any

from flask import Response
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from consent.api.flask_door import run
from consent.api.openapi import TOKEN
from consent.api.public import Public
from consent.api.statistics import FORMATS, answer_losses, answer_statistics
from consent.api.view_schemas import errors
from consent.storage.rates import BOTS, PARTS
from consent.storage.statistic_models import DEVICES


class PeriodSchema(Schema):
    """A period of whole days or, of more than 92 days, of whole weeks; `items` has an entry for each part that has any."""

    since = fields.String(required=True, data_key="from")
    to = fields.String(required=True)
    span_days = fields.Integer(required=True)
    total = fields.Dict(required=True)
    items = fields.List(fields.Dict(), required=True)


class RatesSchema(PeriodSchema):
    """Sums by one part; in `groups` the answers of those whose rule asks for the group, which is what a rate is of."""

    by = fields.String(required=True)
    bots = fields.String(required=True)


def _query(name: str, description: str, **schema: Any) -> dict[str, Any]:
    given = {"type": "string", **schema}
    return {"name": name, "in": "query", "required": False, "description": description, "schema": given}


PERIOD = [
    _query("from", "First day; without it 29 days before the last one", format="date"),
    _query("to", "Last day, included; without it today (UTC)", format="date"),
    _query("format", "json where it is left out", enum=list(FORMATS)),
]
VISITS = [
    _query("by", "What is told apart; day where it is left out", enum=list(PARTS)),
    _query("country", "ISO 3166-1 alpha-2, or `unknown`"),
    _query("regime", "Name of a regime"),
    _query("language", "BCP 47"),
    _query("device", "Coarse class of device", enum=list(DEVICES)),
    _query("config", "Name of a config, `sha256:…`"),
    _query("variant", "Variant of the banner"),
    _query("bots", "exclude where it is left out", enum=list(BOTS)),
]


def statistic_routes(public: Public) -> Blueprint:
    """Return the routes for holders of a token of scope `receipts:read`."""
    blueprint = Blueprint("Statistics", __name__, description="What was shown, chosen and lost, without anybody in it.")

    @blueprint.route("/api/v1/sites/<site>/statistics")
    @blueprint.doc(parameters=[*PERIOD, *VISITS], security=TOKEN, responses=errors(400, 401, 403, 404, 503))
    @blueprint.response(200, RatesSchema)
    def statistics(site: str) -> Response:
        """Tell how many granted each group, of those who were asked, by day or otherwise (scope `receipts:read`)."""
        return run(public, answer_statistics, site)

    @blueprint.route("/api/v1/sites/<site>/losses")
    @blueprint.doc(parameters=PERIOD, security=TOKEN, responses=errors(400, 401, 403, 404, 503))
    @blueprint.response(200, PeriodSchema)
    def losses(site: str) -> Response:
        """Tell what banners told of and what was kept, by day (scope `receipts:read`)."""
        return run(public, answer_losses, site)

    return blueprint
