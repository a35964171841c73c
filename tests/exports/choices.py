"""Visitors who have chosen in every possible way."""

import time

from consent.signing.write_token import make_token, read_token
from tests.log.sequencing import sequence_all

EXPORT = "/api/v1/sites/shop/receipts/export"


CHOICES = (
    ("accept_all", True, {}, {}),
    ("reject_all", False, {}, {}),
    ("save", True, {"vendors": {"ga": False}}, {}),
    ("save", False, {"choices": {"functional": True, "analytics": False, "advertising": False}}, {}),
    ("withdraw", False, {}, {}),
    ("opt_out", False, {"method": "gpc"}, {"Sec_GPC": "1"}),
    ("opt_out", False, {"method": "dnt"}, {"DNT": "1"}),
    ("opt_in", True, {}, {"Sec_GPC": "1"}),
    ("object", False, {}, {}),
)
"""Action, whether all is granted, other body fields, headers."""


PLACES = {0: ("DE", None, "eu_opt_in"), 5: ("US", "CA", "us_ca")}
"""Where some of them are made, by index; all others in an unknown place."""


def token_of(shop, country, subdivision, regime):
    """Return the token of a page that was shown in that place."""
    secret = shop.service.context.keys.secret
    fields = read_token(secret, shop.decision().json["token"], int(time.time()) // 86400)
    return make_token(secret, fields._replace(country=country, subdivision=subdivision, source="geoip", regime=regime))


def choose_in_every_way(shop):
    """Record each of `CHOICES`, run the sequencer, and return the ids."""
    ids = []
    for number, (action, granted, facts, headers) in enumerate(CHOICES):
        body = shop.choice(action, granted, key=f"{number:032x}", **facts)
        if number in PLACES:
            body["token"] = token_of(shop, *PLACES[number])
        answer = shop.choose(body, **headers)
        assert answer.status_code in (200, 201), answer.json  # 200 if it was resent because the service was busy
        ids.append(answer.json["id"])
    sequence_all(shop.service.context)
    return ids
