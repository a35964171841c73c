"""Where a tag's own limits and the site's payment pages hold it back, for a page and for a site's server."""

import json
import re

import pytest

from consent.runtime.script_build import read_build
from consent.web.static_files import static_folder

IN_TEXAS = "?country=US&subdivision=TX"


def modes(decision):
    return {tag["id"]: f"{tag['mode']} {tag['reason']}" for tag in decision["tags"]}


@pytest.mark.parametrize("path", ["/checkout", "/checkout/card", "/de/payment", "/shop/checkout/address"])
def test_a_server_that_sends_the_page_gets_no_tag_for_a_payment_page(shop, path):
    decision = shop.decision(f"{IN_TEXAS}&path={path}", Authorization=shop.token("decide")).json
    assert decision["allowed_tags"] == ["session"]
    assert modes(decision)["ga"] == "held out_of_page"
    assert decision["groups"]["analytics"]["granted"], "what is told of the group does not depend on the page"


def test_a_server_that_does_not_send_the_page_gets_the_decision_for_other_pages(shop):
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


CLICK = {"on": "click", "selector": "#buy"}


def test_a_server_is_informed_that_an_allowed_tag_waits_and_for_what(shop):
    def wait(draft):
        draft["tags"][2]["trigger"] = CLICK | {"before_choice": "drop"}
        draft["tags"][3] |= {"trigger": CLICK, "in_page": True}  # an in-page tag runs where it is placed

    shop.edit(wait)
    shop.publish()
    decision = shop.decision(IN_TEXAS, Authorization=shop.token("decide")).json
    tags = {tag["id"]: tag for tag in decision["tags"]}
    assert modes(decision)["ga"] == "full notice_default"
    assert "ga" in decision["allowed_tags"]
    assert tags["ga"]["trigger"] == CLICK | {"before_choice": "drop"}
    assert [name for name, tag in tags.items() if "trigger" in tag] == ["ga"]


def test_the_part_for_triggers_comes_only_where_a_tag_may_wait(shop):
    part = read_build(static_folder()).sends["triggers"].decode()
    plain = shop.get("/b/shop.js").text
    assert part not in plain
    assert "trigger" not in re.sub(r'"[0-9a-f]{64}"', "", plain[plain.index('{"signals":') :].partition("],[(")[0])

    def wait(draft):
        draft["tags"][2]["trigger"] = {"on": "event", "name": "</script>"}

    shop.edit(wait)
    shop.publish()
    script = shop.get("/b/shop.js").text
    assert part in script
    assert "</script>" not in script
    assert facts_of(script)["triggers"] == {"ga": {"on": "event", "name": "</script>"}}
    # Nothing else in the script changes, apart from names, times and tokens.
    assert len(script) - len(plain) - len(part) < 250

    shop.edit(lambda draft: draft["tags"][2].update(enabled=False))
    shop.publish()
    script = shop.get("/b/shop.js").text
    assert part not in script
    assert "triggers" not in facts_of(script)
