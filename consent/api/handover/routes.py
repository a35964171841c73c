"""Route table of hand-overs between domains of one controller."""

from consent.api.handover.issue import answer_handover
from consent.api.handover.redeem import answer_redemption
from consent.api.handover.schemas import CODE, HandoverRequestSchema, HandoverSchema, RedeemedSchema, RedeemSchema
from consent.api.http.replies import json_body
from consent.api.http.routes import RouteGroup, json_reply, post

HANDOVERS = "/api/v1/sites/<site>/handovers"
ERRORS = (400, 403, 404, 413, 415, 429, 503)

ROUTE_GROUP = RouteGroup(
    "Hand-over",
    "Choices passed in links between unrelated domains of one controller.",
    (
        post(
            path=HANDOVERS,
            endpoint=answer_handover,
            summary="Return a code with which a link to another domain of the controller carries the choice.",
            body=json_body(HandoverRequestSchema, {"to": "brand-b.example"}),
            replies=(json_reply(HandoverSchema, "The code, or null without a choice."),),
            errors=ERRORS,
            is_fast=True,
        ),
        post(
            path=f"{HANDOVERS}/redeem",
            endpoint=answer_redemption,
            summary="Apply the choice carried by a link: refusals always, grants only once.",
            body=json_body(RedeemSchema, {"code": CODE, "referrer": "brand-a.example"}),
            replies=(json_reply(RedeemedSchema, "The joined choice and decision."),),
            errors=ERRORS,
            is_fast=True,
        ),
    ),
)
