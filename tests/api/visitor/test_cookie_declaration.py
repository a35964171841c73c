"""/c/<site>: the cookie declaration, which is the live config in words."""

import html
import re
from pathlib import Path
from typing import Any

from consent.presentation.banner_storage import OWN_ITEMS
from consent.presentation.languages import languages
from consent.presentation.texts import declaration_texts, group_texts
from tests.api.shop import Shop

EMBEDDING = Path(__file__).parents[3] / "docs" / "embedding.md"


def words(text: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


def add_facts(draft: dict[str, Any]) -> None:
    cookie = {"pattern": False, "kind": "cookie", "domain": None, "third_party": False}
    draft["cookies"] += [
        {**cookie, "name": "_ga", "group": "analytics", "vendor": "ga"}
        | {"purpose": "visitor_statistics", "lifetime_s": 400 * 86400},
        {**cookie, "name": "cart", "group": "essential", "vendor": None, "purpose": "cart", "lifetime_s": 0},
    ]
    ads = next(vendor for vendor in draft["vendors"] if vendor["id"] == "ads")
    ads |= {"company": "Ads <Inc>", "country": "US", "opt_out_url": "https://ads.example/out"}


def test_it_names_groups_vendors_cookies_purposes_and_lives_of_the_live_config(shop: Shop) -> None:
    shop.edit(add_facts)
    assert "_ga" not in shop.get("/c/shop").text
    shop.publish()
    page = shop.get("/c/shop", Accept_Language="de")
    text = words(page.text)
    for said in (*group_texts("en").values(), "_ga counts visitors and their visits 13 months"):
        assert said in text
    assert "cart remembers the shopping cart until the browser is closed" in text
    assert "Ads <Inc>, United States" in text
    assert "<Inc>" not in page.text
    assert 'href="https://ads.example/out"' in page.text
    assert "consent_shop_id links your receipts" in text
    facts = shop.get("/c/shop.json").json
    assert facts["config"] == shop.decision().json["config"]
    analytics = next(group for group in facts["groups"] if group["group"] == "analytics")
    assert [(v["id"], v["cookies"][0]["name"]) for v in analytics["vendors"]] == [("ga", "_ga")]
    # A disabled vendor disappears with the next publish.
    shop.edit(lambda draft: draft["tags"][3].update(enabled=False))
    assert 'data-vendor-facts="ads"' in shop.get("/c/shop").text
    shop.publish()
    page = shop.get("/c/shop").text
    assert 'data-vendor-facts="ads"' not in page
    assert declaration_texts("en")["group_none"] in page


def test_it_is_available_in_every_language_of_the_banner(shop: Shop) -> None:
    all_languages = {code: {} for code in languages()}
    shop.edit(add_facts)
    shop.edit(lambda draft: draft["texts"].update(languages=all_languages, confirmed=languages()))
    shop.publish()
    for code in languages():
        page = shop.get(f"/c/shop?language={code}").text
        assert f'<html lang="{code}"' in page
        assert "{" not in words(page)
        # In right-to-left text, an underscore would move from the start of a name to its end.
        assert '<code dir="ltr">_ga</code>' in page
        assert declaration_texts(code)["delete_title"] in words(page)
        assert shop.get(f"/c/shop.json?language={code}").json["language"] == code


def test_default_facts_of_the_proof_are_said_in_the_language_of_the_visitor(shop: Shop) -> None:
    facts = {
        "storage_location": "On our own server, consent.example.com",
        "retention": "24 Monate nach Ablauf oder Widerruf",
    }
    shop.edit(lambda draft: draft["controller"].update(facts))
    shop.edit(lambda draft: draft["texts"].update(languages={"en": {}, "pl": {}}, confirmed=["en", "pl"]))
    shop.publish()
    page = words(shop.get("/c/shop?language=pl").text)
    assert (
        "Na naszym własnym serwerze, consent.example.com. Jak długo: 24 miesiące po wygaśnięciu lub wycofaniu." in page
    )
    assert "For how long: 24 months after expiry or withdrawal." in words(shop.get("/c/shop?language=en").text)


PLACES = {
    "DE": {"Privacy choices": "", "Privacy policy": "https://www.example.com/privacy"},
    "US-CA": {
        "Do Not Sell or Share My Personal Information": "",
        "Limit the Use of My Sensitive Personal Information": "",
    },
    "US-NV": {"Address for privacy requests": "mailto:privacy@shop.example"},
}


def test_signals_and_links_are_those_of_the_place_and_of_the_owner(shop: Shop) -> None:
    token = shop.token("decide")

    def declared(place: str) -> dict[str, Any]:
        country, _, subdivision = place.partition("-")
        query = f"?country={country}" + (f"&subdivision={subdivision}" if subdivision else "")
        facts: dict[str, Any] = shop.get(f"/c/shop.json{query}", Authorization=token).json
        return facts

    shop.edit(lambda draft: draft["controller"].update(contact="privacy@shop.example"))
    shop.publish()
    for place, links in PLACES.items():
        found = {link["label"]: link.get("url", "") for link in declared(place)["links"]}
        assert links.items() <= found.items(), place
    # Without an address from the owner, the cookie policy is this page, and no sale notice is made up.
    policy = next(link["url"] for link in declared("FR")["links"] if link["label"] == "Cookie policy")
    assert policy == f"{shop.service.context.settings.base_url}/c/shop"
    own = {"privacy_officer_contact": "https://www.example.com/officer", "cookie_policy": "https://www.example.com/c"}
    notices = {"texas_sale_notices": "NOTICE: We may sell your sensitive personal data."}
    shop.edit(lambda draft: draft["overrides"].update(link_addresses=own, sale_notices=notices))
    shop.publish()
    assert {link["label"]: link.get("url") for link in declared("CA-QC")["links"]}.items() >= {
        "Contact the privacy officer": own["privacy_officer_contact"],
    }.items()
    assert own["cookie_policy"] in [link.get("url") for link in declared("FR")["links"]]
    assert notices["texas_sale_notices"] in [link["label"] for link in declared("US-TX")["links"]]
    assert {s["signal"]: s["counts"] for s in declared("FR")["signals"]} == {"gpc": True, "dnt": False}
    shop.edit(lambda draft: draft["overrides"].update(ignore_gpc_where_silent=True, honour_dnt=True))
    shop.publish()
    assert [signal["text"] for signal in declared("FR")["signals"]] == [
        "Global Privacy Control has no effect here. Your choice is what counts.",
        declaration_texts("en")["dnt_counts"],
    ]


def test_any_page_can_read_it_and_it_contains_no_visitor_data(shop: Shop) -> None:
    page = shop.get("/c/shop", Origin="https://elsewhere.example", Cookie="consent_shop_id=" + "0" * 32)
    assert page.headers["Access-Control-Allow-Origin"] == "*"
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert not re.search(r"<(style|script)>| style=| on\w+=", page.text)
    assert "Set-Cookie" not in page.headers
    assert "data-banner" not in page.text
    # On the host of the choice cookie, visitors can change their choice on this page.
    assert "data-banner" in shop.get("/c/shop", Host="www.example.com").text
    for path in ("/c/nope", "/c/nope.json", "/c/nope.js", "/c/shop/secret.py", "/c/nope/declaration.css"):
        answer = shop.get(path)
        assert (answer.status_code, set(answer.json)) == (404, {"error"}), path


def test_the_docs_tell_the_same_items_as_the_declaration() -> None:
    section = EMBEDDING.read_text("utf-8").split("## In the browser", 1)[1].split("\n## ", 1)[0]
    told = set(re.findall(r"`(?:consent_<site>)?(_[a-z]+)`|`consent_<site>()`", section))
    assert {one or two for one, two in told} == {item.suffix for item in OWN_ITEMS}


def test_the_page_is_rendered_once_for_identical_requests(shop: Shop) -> None:
    cache = shop.service.context.caches.declarations
    first = shop.get("/c/shop", Accept_Language="de")
    drawn = cache.usage().misses
    assert shop.get("/c/shop", Accept_Language="de").data == first.data
    assert cache.usage().misses == drawn
    # On the site's own host the page includes the banner, so it is drawn separately.
    assert shop.get("/c/shop", Accept_Language="de", Host="www.example.com").status_code == 200
    assert cache.usage().misses == drawn + 1
    shop.edit(lambda draft: draft["tags"][3].update(enabled=False))
    shop.publish()
    assert shop.get("/c/shop", Accept_Language="de").data != first.data
