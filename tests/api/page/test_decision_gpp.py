"""The GPP string in a decision, for a site's servers."""

import time

import pytest

from consent.core.gpp.codec import decode

SETTINGS = {"approach": "both", "mspa": "none", "sensitive": [], "opt_out_notice": True}


@pytest.fixture
def token(shop):
    shop.edit(lambda draft: draft["overrides"].update(sends=["gpp"], gpp=SETTINGS))
    shop.publish()
    return shop.token("decide")


def test_a_site_without_gpp_gets_no_gpp_string(shop):
    assert "gpp" not in shop.decision("?country=US&subdivision=CA", Authorization=shop.token("decide")).json


def test_a_server_gets_the_string_for_location_and_signals(shop, token):
    def gpp(query: str) -> dict:
        return shop.decision(query, Authorization=token).json["gpp"]

    assert gpp("?country=US&subdivision=TX") == {
        "string": "DBACLRg~CVQqAAAAAACA.Q~BVoAAAg.Q",
        "applicable_sections": [7, 16],
    }
    assert gpp("?country=US&subdivision=TX&gpc=1")["string"] == "DBACLRg~CVQVAAAAAACA.Y~BVUAAAg.Y"
    assert gpp("?country=US&subdivision=NY")["applicable_sections"] == [7]
    assert gpp("?country=DE") == {"string": "DBAA", "applicable_sections": [-1]}
    child = decode(gpp("?country=US&subdivision=CA&age_band=under13")["string"])
    assert child[0].content.values["KnownChildSensitiveDataConsents"] == [0, 1, 0]
    assert child[1].content.values["SaleOptOut"] == 1


def test_an_unknown_location_is_treated_as_possibly_in_the_us(shop, token):
    unknown = shop.decision(Authorization=token).json
    assert unknown["groups"]["advertising"]["granted"] is False
    assert unknown["gpp"] == {"string": "DBABL~CVQVAAAAAACA.Q", "applicable_sections": [7]}


def test_the_string_follows_the_visitors_choice(shop, token):
    keys = shop.service.context.configs.live.get("shop").resolved("US", "TX", 20782)["groups"]
    query = "?country=US&subdivision=TX&choice="
    for state, expected in (("0", 1), ("1", 2)):
        states = "".join(state + keys[group]["keys"][0] for group in ("functional", "analytics", "advertising"))
        choice = f"v1.{int(time.time() // 86400)}.us_tx.0.{states}."
        answer = shop.decision(query + choice, Authorization=token).json
        (national, _) = decode(answer["gpp"]["string"])
        assert national.content.values["SaleOptOut"] == expected, answer["groups"]


def test_pages_get_it_too(shop, token):
    assert shop.decision().json["gpp"]["applicable_sections"] == [7]
