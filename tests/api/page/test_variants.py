"""Variants of an experiment: everyone gets the same bytes to draw from; receipts and counts record what was shown."""

import copy
import json
from typing import Any

import pytest

from consent.app import load_artifacts, load_rules
from consent.publishing.browser_check import VISITORS, browser_check_pages
from consent.runtime.banner_replay import redraw
from consent.runtime.compiled_config import CompiledConfig, day_of_time
from consent.sites.draft import DraftError, check_draft
from consent.storage.sites import configs
from consent.storage.statistics.variants import VariantCounts, variant_counts
from tests.api.page.script_facts import BUILD, facts_of
from tests.api.shop import Shop, claims_of, site_draft

pytestmark = pytest.mark.app
PART = BUILD.sends["experiment"]
A: dict[str, Any] = {"id": "a", "weight": 1}
B: dict[str, Any] = {"id": "b", "weight": 3, "look": {"accent": "#7a1fa2"}, "texts": {"en": {"title": "Your choice"}}}


def start(shop: Shop, *variants: dict[str, Any]) -> CompiledConfig:
    """Publish an experiment with the banner and these variants, and return the live config."""
    shop.edit(lambda draft: draft.update(variants=copy.deepcopy([A, *variants])))
    name = shop.publish().name
    config = shop.service.context.configs.live.by_name("shop", name)
    assert config
    return config


def test_a_page_gets_all_variants_at_once_and_no_per_visitor_data(shop: Shop) -> None:
    before = shop.get("/b/shop.js")
    assert PART not in before.data
    assert "draw" not in facts_of(before)
    config = start(shop, B)
    script = shop.get("/b/shop.js")
    assert PART in script.data
    facts = facts_of(script)
    assert shop.get("/b/shop.js").headers["ETag"] == script.headers["ETag"]
    control, other = facts["draw"]
    assert [(one["id"], one["weight"]) for one in (control, other)] == [("a", 1), ("b", 3)]
    assert set(control) == {"id", "weight", "token"}, "the banner itself differs in nothing"
    assert other["texts"] == {"title": "Your choice"}
    assert "--accent:#7a1fa2!important" in other["look"]["css"]
    assert "words" not in other
    assert len({facts["token"], control["token"], other["token"]}) == 3
    assert facts["visit"]["variant"] == shop.decision().json["variant"] == "base"
    assert shop.decision("?view=banner").json["banner"]["draw"] == facts["draw"]
    assert config.document["experiment"]["b"]["texts"] == {"en": {"title": "Your choice"}}


def test_a_language_without_texts_for_a_variant_draws_no_variant(shop: Shop) -> None:
    shop.edit(lambda draft: draft["texts"].update(languages={"en": {}, "de": {}}, confirmed=["de"]))
    start(shop, B)
    assert "draw" in facts_of(shop.get("/b/shop.js", Accept_Language="en"))
    assert "draw" not in facts_of(shop.get("/b/shop.js", Accept_Language="de"))
    start(shop, {"id": "b", "weight": 1, "look": {"position": "bar"}})
    assert "draw" in facts_of(shop.get("/b/shop.js", Accept_Language="de"))


def test_a_receipt_signs_the_variant_and_its_texts_and_can_be_redrawn(shop: Shop) -> None:
    config = start(shop, B)
    facts = facts_of(shop.get("/b/shop.js"))
    texts = {}
    for number, token in enumerate((facts["draw"][0]["token"], facts["draw"][1]["token"], facts["token"])):
        claims = claims_of(shop, shop.choose(shop.choice(key=f"{number:032x}", token=token)))
        texts[claims["variant"]] = claims["text"]
        with shop.service.context.engine.connect() as connection:
            redrawn = redraw(connection, shop.site_id, claims, load_rules(), load_artifacts().banner)
        assert redrawn
        assert redrawn.text_fits
        assert redrawn.config_fits
        assert (redrawn.texts["title"] == "Your choice") is (claims["variant"] == "b")
        assert ("#7a1fa2" in redrawn.showing.config.look["css"]) is (claims["variant"] == "b")
    assert list(texts) == ["a", "b", "base"]
    assert texts["a"] == texts["base"] == config.text_hash("en") != texts["b"]


def test_counts_views_answers_and_opened_settings_by_variant_without_visitor_data(shop: Shop) -> None:
    config = start(shop, B)
    facts = facts_of(shop.get("/b/shop.js"))
    for variant, events in (("a", ["shown"]), ("b", ["shown", "shown", "opened"])):
        token = next(one["token"] for one in facts["draw"] if one["id"] == variant)
        for event in events:
            body = json.dumps({"event": event, "config": config.name, "token": token})
            sent = {"Origin": "https://www.example.com", "Content-Type": "text/plain"}
            assert shop.client.post("/api/v1/sites/shop/events", data=body, headers=sent).status_code == 204
    answers = [("a", "reject_all", "click"), ("b", "accept_all", "click"), ("b", "save", "click")]
    for number, (variant, action, method) in enumerate([*answers, ("b", "accept_all", "api")]):
        token = next(one["token"] for one in facts["draw"] if one["id"] == variant)
        granted = action != "reject_all"
        assert (
            shop.choose(shop.choice(action, granted, key=f"{number:032x}", token=token, method=method)).status_code
            == 201
        )
    shop.choose(shop.choice(key="f" * 32))  # from a visitor who was shown no variant
    shop.service.context.buffers.events.flush()
    day = day_of_time(shop.service.context.clock())
    with shop.service.context.engine.connect() as connection:
        counts = variant_counts(connection, shop.site_id, [config.name], day - 1, day)
    assert counts == {
        "a": VariantCounts(shown=1, rejected=1),
        "b": VariantCounts(shown=2, opened=1, accepted=1, saved=1),
        "base": VariantCounts(accepted=1),
    }


@pytest.mark.parametrize(
    ("variant", "problem"),
    [
        (
            {"look": {"buttons": {"reject": "link"}}},
            "variants.1.look.buttons: Variant B: Reject is smaller than Accept",
        ),
        ({"look": {"surface": "#777777", "text": "#888888", "scheme": "light"}}, "Variant B: The text has a contrast"),
        ({"texts": {"en": {"reject_all": "Learn more"}}}, "variants.1.texts.languages.en.reject_all: Variant B: "),
        ({"texts": {"en": {"text": "We use cookies."}}}, "variants.1.texts.languages.en.text: Variant B: "),
        ({"name": "Nothing new"}, "variants.1: Variant B: This variant does not differ from the banner"),
        ({"look": {"radius": 12}}, "variants.1: Variant B: This variant does not differ from the banner"),
    ],
)
def test_does_not_publish_a_variant_that_is_not_a_valid_banner(
    shop: Shop, variant: dict[str, Any], problem: str
) -> None:
    with pytest.raises(DraftError) as refused:
        start(shop, {"id": "b", "weight": 1} | variant)
    assert problem in str(refused.value)


@pytest.mark.parametrize(
    ("variants", "path"),
    [
        ([B], "variants.0"),
        ([A, B | {"id": "a"}], "variants"),
        ([A | {"look": {"radius": 3}}, B], "variants.0"),
        ([A, B | {"texts": {"fr": {"title": "x"}}}], "variants.1.texts.fr"),
        ([A, B | {"texts": {"en": {"status": "x"}}}], "variants.1.texts.en.status"),
        ([A, B | {"look": {"logo": None}}], "variants.1.look.logo"),
        ([A, B | {"weight": 0}], "variants.1.weight"),
        ([A, *({"id": one, "weight": 1, "look": {"radius": 1}} for one in "bcde")], "variants"),
    ],
)
def test_a_draft_names_the_invalid_field_of_a_variant(variants: list[dict[str, Any]], path: str) -> None:
    draft: Any = site_draft() | {"variants": variants}
    with pytest.raises(DraftError) as refused:
        check_draft(draft)
    assert list(refused.value.fields) == [path]


def test_chromium_tries_each_variant_before_a_publish(shop: Shop) -> None:
    config = start(shop, B)
    with shop.service.context.engine.connect() as connection:
        pages = browser_check_pages(connection, config, load_artifacts().banner)
        body = configs.get_config(connection, config.name)
    assert len(pages) == 2 * len(VISITORS)
    titled = [page.name for page in pages if "Your choice" in page.page and "#7a1fa2" in page.page]
    assert titled == [f"{name}, variant B" for name, *_ in VISITORS]
    assert body
    assert b'"experiment":{"b":' in body
