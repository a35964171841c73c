"""What a record says was allowed after a choice, compared with the service's response to that choice."""

import pytest

from consent.app import load_artifacts, load_rules
from consent.runtime.banner_replay import redraw
from consent.runtime.decisions import decided, undecided
from consent.signing.receipt_claims import verify_jws
from tests.api.shop import open_shop
from tests.exports.choices import CHOICES

pytestmark = pytest.mark.app


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    shop = open_shop(tmp_path_factory.mktemp("decided"))
    yield shop
    shop.service.close()


def redrawn_claims(shop, answer):
    context = shop.service.context
    claims = verify_jws(answer.json["receipt"], context.keys.jwks)
    with context.engine.connect() as connection:
        found = redraw(connection, shop.site_id, claims, load_rules(), load_artifacts().banner)
    return found.showing, claims


@pytest.mark.parametrize("number", range(len(CHOICES)))
def test_a_record_reproduces_the_decisions_that_the_visitor_got(opened, number):
    action, granted, facts, headers = CHOICES[number]
    before = opened.decision(**headers).json["tags"]
    answer = opened.choose(opened.choice(action, granted, key=f"{number:032x}", **facts), **headers)
    assert answer.status_code == 201
    showing, claims = redrawn_claims(opened, answer)
    assert decided(showing, claims).tags == answer.json["decision"]["tags"]
    assert undecided(showing).tags == before


def test_evaluates_a_page_limited_tag_as_on_its_pages(opened):
    opened.edit(lambda draft: draft["tags"][2]["pages"].update(only=["/buy"]))
    opened.publish()
    answer = opened.choose(opened.choice(key="f" * 32))
    told = {tag["id"]: tag["reason"] for tag in answer.json["decision"]["tags"]}
    kept = {tag["id"]: tag["reason"] for tag in decided(*redrawn_claims(opened, answer)).tags}
    assert (told["ga"], kept["ga"]) == ("out_of_page", "granted")
