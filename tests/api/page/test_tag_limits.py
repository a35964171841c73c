"""Where a tag's own limits and the site's payment pages hold it, as a page and a site's server see it."""

import json
import re

import pytest

IN_TEXAS = "?country=US&subdivision=TX"


def modes(decision):
    return {tag["id"]: f"{tag['mode']} {tag['reason']}" for tag in decision["tags"]}


@pytest.mark.parametrize("path", ["/checkout", "/checkout/card", "/de/payment", "/shop/checkout/address"])
def test_a_server_that_tells_the_page_gets_no_tag_for_one_where_people_pay(shop, path):
    decision = shop.decision(f"{IN_TEXAS}&path={path}", Authorization=shop.token("decide")).json
    assert decision["allowed_tags"] == ["session"]
    assert modes(decision)["ga"] == "held out_of_page"
    assert decision["groups"]["analytics"]["granted"], "what is told of the group does not depend on the page"


def test_a_server_that_does_not_tell_the_page_gets_what_holds_elsewhere(shop):
    token = shop.token("decide")
    for query in (IN_TEXAS, f"{IN_TEXAS}&path=/blog/about-checkout"):
        assert shop.decision(query, Authorization=token).json["allowed_tags"] == ["session", "chat", "ga", "ads"]


def test_the_script_knows_the_payment_pages_and_which_tags_may_go_there(shop):
    def let(draft):
        draft["tags"][1]["payment_note"] = "Help while paying"

    shop.edit(let)
    shop.publish()
    tags = {tag["id"]: tag for tag in facts_of(shop.get("/b/shop.js").text)["resolved"]["tags"]}
    assert "/checkout*" in tags["ga"]["except"]
    assert (tags["chat"]["except"], tags["session"]["except"]) == ([], [])


def test_a_tag_of_one_language_is_held_in_others_in_script_and_decision(shop):
    def limit(draft):
        draft["texts"]["languages"] |= {"de": {}, "fr": {}}
        draft["texts"]["confirmed"] = ["de", "en", "fr"]
        draft["tags"][2]["languages"] = ["de"]

    shop.edit(limit)
    shop.publish()
    token = shop.token("decide")
    for language, reason in (("de", "full notice_default"), ("fr", "held out_of_page")):
        decision = shop.decision(f"{IN_TEXAS}&language={language}", Authorization=token).json
        assert (decision["language"], modes(decision)["ga"]) == (language, reason)
        script = shop.get("/b/shop.js", Accept_Language=language).text
        holds = {tag["id"]: tag["hold"] for tag in facts_of(script)["resolved"]["tags"]}
        assert (holds["ga"] == "out_of_page") == (language == "fr")
        assert holds["chat"] is None


def facts_of(script):
    """Return the facts that a script is called with."""
    start = re.search(r'\{"signals":', script).start()
    found, _ = json.JSONDecoder().raw_decode(script, start)
    return found
