"""GET /b/<site>.js: one file with code, decision and texts, identical bytes for all visitors who are shown the same."""

import gzip
import hashlib
import json

import brotli
import pytest

from consent.publishing.publish import Artifacts
from consent.runtime.script_build import AT_ONCE
from consent.sites.draft import DraftError
from tests.api.page.script_facts import BUILD, CODE, facts_of
from tests.api.shop import site_draft, with_container


def only_marked(draft):
    """Leave nothing that the script itself loads before a choice."""
    draft["tags"][0]["load"]["type"] = "marked"


def test_the_script_is_the_built_code_called_with_the_visitors_data(shop):
    answer = shop.get("/b/shop.js")
    assert answer.content_type == "text/javascript; charset=utf-8"
    facts = facts_of(answer)
    assert facts["visit"]["regime"] == "fallback"
    assert facts["texts"]["accept_all"]
    assert set(facts["acts"]["tags"]) == {"session", "chat", "ga", "ads"}
    assert answer.data.endswith(b",[],[" + BUILD.acts + b"]);")
    assert facts["resolved"]["tags"]
    assert "ahead" not in facts


def test_fetches_the_tag_runner_after_the_choice_when_nothing_runs_before_it(shop):
    shop.edit(only_marked)
    config = shop.publish()
    script = shop.get("/b/shop.js")
    address = facts_of(script)["later"]
    facts = facts_of(script)
    assert "acts" not in facts
    assert "tags" not in facts["resolved"]
    assert facts["ahead"]["ask"]["show"] == "ask"
    assert script.data.endswith(b");")
    assert BUILD.acts not in script.data
    assert address.startswith(f"/b/shop/{BUILD.acts_sha256[:16]}/{config.name[7:23]}/en.js?place=&rule=")
    answer = shop.get(address)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.data.startswith(AT_ONCE + b"export default[" + BUILD.acts + b',{"')
    assert b'"hold":null' in answer.data
    assert b"https://ads.example/x.js" in answer.data
    assert b"https://ads.example/x.js" not in script.data


@pytest.mark.parametrize(("limited", "at_once"), [(None, False), ("restricted", False), ("cookieless", True)])
def test_includes_the_tag_runner_when_tags_run_limited_before_a_choice(shop, limited, at_once):
    def change(draft):
        tags = {tag["id"]: tag for tag in draft["tags"]}
        tags["session"]["enabled"] = False  # an essential tag always runs at once
        tags["ga"] |= {"limited": limited, "limited_reason": "said so"}

    shop.edit(change)
    shop.publish()
    script = shop.get("/b/shop.js")
    assert (BUILD.acts in script.data) is at_once
    assert ("acts" in facts_of(script)) is at_once


@pytest.mark.parametrize(
    ("overrides", "names"),
    [
        ({}, []),
        ({"foreign_marks": True}, ["marks"]),
        ({"guard_cookies": True}, ["cookie_guard"]),
        ({"old_tool": "klaro"}, ["old_tool"]),
        ({"guard_cookies": True, "foreign_marks": True}, ["cookie_guard", "marks"]),
    ],
)
def test_a_site_gets_exactly_the_parts_that_it_enables(shop, overrides, names):
    def change(draft):
        draft["overrides"].update(overrides)
        draft["vendors"][2]["hosts"] = ["*.ga.example"]
        facts = {"purpose": None, "lifetime_s": 60, "domain": None, "third_party": False, "pattern": True}
        for name, group, vendor in (
            ("_ga*", "analytics", "ga"),
            ("_gate", "essential", None),
            ("sid", "essential", None),
        ):
            draft["cookies"].append({"name": name, "group": group, "vendor": vendor, "kind": "cookie", **facts})

    shop.edit(change)
    shop.publish()
    answer = shop.get("/b/shop.js")
    assert [name for name in BUILD.early if BUILD.early[name] in answer.data] == names
    facts = facts_of(answer)
    assert facts.get("old_tool") == ({"tool": "klaro", "taken": False} if "old_tool" in names else None)
    assert facts.get("foreign", False) is ("marks" in names)
    cookies = [["analytics", "ga", ["_ga*"]], ["essential", None, ["_gate"]]]
    assert facts.get("guarded") == (cookies if "cookie_guard" in names else None)


def test_a_vendor_that_keeps_cookies_on_its_own_hosts_comes_with_its_opt_out(shop):
    def change(draft):
        facts = {"group": "analytics", "purpose": None, "lifetime_s": 60, "domain": None, "pattern": False}
        for vendor, is_third in (("ga", True), ("ads", False), ("chat", True)):
            named = {"name": f"{vendor}_id", "vendor": vendor, "kind": "cookie", "third_party": is_third, **facts}
            draft["cookies"].append(named | {"group": "functional" if vendor == "chat" else named["group"]})
        for number in (2, 3):
            draft["vendors"][number]["opt_out_url"] = "https://out.example/"

    shop.edit(change)
    shop.publish()
    vendors = facts_of(shop.get("/b/shop.js"))["acts"]["vendors"]
    found = {vendor: facts["opt_out"] for vendor, facts in vendors.items() if "opt_out" in facts}
    assert found == {"ga": {"url": "https://out.example/", "text": "Opt out with Ga"}}


def test_what_a_container_brings_is_deleted_and_declared_nowhere(shop):
    shop.edit(with_container)
    shop.publish()
    cookies = facts_of(shop.get("/b/shop.js"))["acts"]["cookies"]
    meta = {"name": "_fbp", "pattern": False, "kind": "cookie", "group": "advertising", "vendor": None, "domain": None}
    assert meta in cookies
    assert b"_fbp" not in shop.get("/c/shop").data


def test_a_page_older_than_the_last_publish_gets_what_is_published_now_and_nobody_keeps_it(shop):
    shop.edit(only_marked)
    shop.publish()
    before = facts_of(shop.get("/b/shop.js"))["later"]
    shop.edit(lambda draft: draft["tags"][3].update(enabled=False))
    shop.publish()
    answer = shop.get(before)
    assert answer.headers["Cache-Control"] == "no-store"
    assert b"https://ads.example/x.js" not in answer.data
    now = facts_of(shop.get("/b/shop.js"))["later"]
    assert shop.get(now).headers["Cache-Control"].endswith("immutable")


def fetched(answer):
    """Return the facts in the file that a page loads later."""
    text = answer.data.decode()
    facts, _ = json.JSONDecoder().raw_decode(text, text.rindex('{"acts":'))
    return facts


def test_a_page_older_than_the_last_publish_gets_its_own_texts_and_only_what_it_offered(shop):
    def without_chat(draft):
        only_marked(draft)
        del draft["tags"][1], draft["vendors"][1]

    before = json.loads(json.dumps(site_draft()))
    shop.edit(without_chat)
    shop.publish()
    address = facts_of(shop.get("/b/shop.js"))["later"]
    title = fetched(shop.get(address))["acts"]["texts"]["preferences_title"]

    def with_more(draft):
        draft.update(tags=before["tags"], vendors=before["vendors"])
        only_marked(draft)
        draft["tags"][2]["purposes"].append("ab_test")
        draft["texts"]["languages"]["en"]["preferences_title"] = "Everything anew"

    shop.edit(with_more)
    shop.publish()
    facts = fetched(shop.get(address))
    held = {tag["id"]: tag["hold"] for tag in facts["resolved"]["tags"]}
    assert held == {"session": None, "chat": "not_covered", "ga": "not_covered", "ads": None}
    assert facts["acts"]["texts"]["preferences_title"] == title
    # With an unknown build, the site's live config is served.
    unknown = address.replace(address.split("/")[4], "0" * 16)
    facts = fetched(shop.get(unknown))
    assert {tag["hold"] for tag in facts["resolved"]["tags"]} == {None}
    assert facts["acts"]["texts"]["preferences_title"] == "Everything anew"


def test_a_late_fetch_gets_the_rule_of_the_location_and_is_cached_while_it_applies(shop):
    shop.edit(only_marked)
    shop.publish()
    address = facts_of(shop.get("/b/shop.js"))["later"]
    for asked, place, is_kept in (
        (address, "ZZ fallback", True),
        (address.replace("place=", "place=DE"), "DE eu_opt_in", False),
        (address.partition("?")[0], "ZZ fallback", False),
        (address.replace("place=", "place=nowhere-at-all"), "ZZ fallback", True),
    ):
        answer = shop.get(asked)
        assert f'"rule":"{place}'.encode() in answer.data
        assert ("immutable" in answer.headers["Cache-Control"]) is is_kept


def test_a_part_of_an_unknown_build_is_not_found(shop):
    config = shop.publish()
    assert shop.get(f"/b/shop/{'0' * 16}/{config.name[7:23]}/en.js").status_code == 404
    assert shop.get(f"/b/shop/{BUILD.acts_sha256[:16]}/{config.name[7:23]}/xx.js").status_code == 404


def test_a_page_of_another_release_gets_the_code_it_started_with(shop):
    config = shop.publish()
    other = Artifacts(b"rules", b"(function(){})(void 0);", b"(function(K){})")
    with shop.service.context.engine.begin() as connection:
        other.save(connection)
    answer = shop.get(f"/b/shop/{hashlib.sha256(other.acts).hexdigest()[:16]}/{config.name[7:23]}/en.js")
    assert answer.data.startswith(AT_ONCE + b"export default[" + other.acts + b',{"acts":')
    assert answer.headers["Cache-Control"] == "no-store"
    pinned = shop.get(f"/b/shop/{hashlib.sha256(other.banner).hexdigest()}.js")
    assert pinned.data == other.banner
    assert pinned.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    for digits in (8, 63):
        assert shop.get(f"/b/shop/{hashlib.sha256(other.banner).hexdigest()[:digits]}.js").status_code == 404
    assert shop.get(f"/b/shop/{hashlib.sha256(other.rules).hexdigest()}.js").status_code == 404


def test_a_signal_in_the_request_adds_its_notice(shop):
    assert "gpc_conflict" not in facts_of(shop.get("/b/shop.js"))["texts"]
    assert facts_of(shop.get("/b/shop.js", Sec_GPC="1"))["texts"]["gpc_conflict"]


def test_the_bytes_do_not_depend_on_the_visitors_choice(shop):
    with_cookie = shop.get("/b/shop.js", Cookie="consent_shop=v1.20782.eu_opt_in.0.1aaaaaaaa1aaaaaaaa1aaaaaaaa.")
    assert with_cookie.data == shop.get("/b/shop.js").data
    assert "Cookie" not in with_cookie.headers["Vary"]
    assert "Set-Cookie" not in with_cookie.headers


def test_scripts_vary_by_the_signals_and_declare_it(shop):
    assert facts_of(shop.get("/b/shop.js", Sec_GPC="1"))["signals"]["gpc"] is True
    assert "Sec-GPC" in shop.get("/b/shop.js").headers["Vary"]


def test_negotiates_compression_with_the_browser(shop):
    plain = shop.get("/b/shop.js").data
    assert brotli.decompress(shop.get("/b/shop.js", Accept_Encoding="gzip, deflate, br").data) == plain
    assert gzip.decompress(shop.get("/b/shop.js", Accept_Encoding="gzip").data) == plain
    assert shop.get("/b/shop.js", Accept_Encoding="br;q=0").data == plain


def test_an_etag_avoids_a_second_download_until_the_next_publish(shop):
    first = shop.get("/b/shop.js")
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = shop.get("/b/shop.js", If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    strong = first.headers["ETag"].removeprefix("W/")
    for known in (strong, "*", f'"x", {strong}', f'{first.headers["ETag"]},W/"y"'):
        assert shop.get("/b/shop.js", If_None_Match=known).status_code == 304
    for unknown in ("", '"x"', strong[:-2], f"x{strong}", "**"):
        assert shop.get("/b/shop.js", If_None_Match=unknown).status_code == 200
    shop.edit(lambda draft: draft["tags"].pop())
    shop.publish()
    assert shop.get("/b/shop.js", If_None_Match=first.headers["ETag"]).status_code == 200


def test_an_owner_can_allow_caching_for_some_seconds(shop):
    shop.edit(lambda draft: draft["overrides"].update(decision_seconds=120))
    shop.publish()
    assert shop.get("/b/shop.js").headers["Cache-Control"] == "private, max-age=120"


def test_the_code_is_immutable_under_its_name(shop):
    sha256 = BUILD.sha256
    answer = shop.get(f"/b/shop/{sha256}.js")
    lists = [BUILD.sends.values(), [BUILD.acts, *BUILD.early.values(), BUILD.screens]]
    assert answer.data == CODE + b"(void 0," + b",".join(b"[" + b",".join(parts) + b"]" for parts in lists) + b");"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert shop.get(f"/b/shop/{'0' * 64}.js").status_code == 404


@pytest.mark.parametrize("query", ["?country=US", "?color=red", "?gpc=1&gpc=0"])
def test_an_invalid_request_gets_the_strictest_script(shop, query):
    answer = shop.get(f"/b/shop.js{query}")
    assert answer.status_code == 200
    assert facts_of(answer)["visit"]["regime"] == "fallback"
    assert facts_of(shop.get("/b/shop.js", Authorization="Bearer cst_wrong"))["visit"]["regime"] == "fallback"


def test_an_unknown_site_has_no_script(shop):
    assert shop.get("/b/nobody.js").status_code == 404


def test_data_never_leaves_a_script_element(shop):
    hostile = "</script><script>alert(1)</script>\u2028"
    shop.edit(lambda draft: draft["texts"]["languages"]["en"].update(title=hostile))
    shop.publish()
    answer = shop.get("/b/shop.js")
    assert b"</script>" not in answer.data
    assert "\u2028".encode() not in answer.data[len(CODE) :]
    assert facts_of(answer)["texts"]["title"] == hostile


def test_a_head_request_has_the_headers_alone(shop):
    answer = shop.client.head("/b/shop.js")
    assert answer.data == b""
    assert int(answer.headers["Content-Length"]) > len(CODE)


def test_the_language_is_the_pages_then_the_browsers_then_the_sites(shop):
    languages = ("en", "fr", "fr-CA", "pt", "pt-BR", "zh-Hans", "zh-Hant", "nb")
    shop.edit(
        lambda draft: draft["texts"].update(languages={code: {} for code in languages}, confirmed=list(languages))
    )
    shop.publish()

    def language(query="", **headers):
        return facts_of(shop.get("/b/shop.js" + query, **headers))["visit"]["language"]

    assert language() == "en"
    assert language(Accept_Language="sv, fr;q=0.5") == "fr"
    assert language("?language=zh-TW", Accept_Language="fr") == "zh-Hant"
    assert language("?language=no", Accept_Language="fr") == "nb"
    assert language("?language=sv", Accept_Language="fr") == "fr"
    token = shop.token("decide")
    for place, code, home in (("country=BR", "pt", "pt-BR"), ("country=CA&subdivision=QC", "fr", "fr-CA")):
        assert language(f"?{place}", Authorization=token) == home
        assert language(f"?{place}&language={code}", Authorization=token) == home
        assert language(f"?{place}", Authorization=token, Accept_Language="nb") == "nb"


def test_the_script_says_for_which_languages_of_a_page_it_would_be_another(shop):
    assert facts_of(shop.get("/b/shop.js"))["others"] == ""
    shop.edit(lambda draft: draft["texts"].update(languages={"en": {}, "de": {}}, confirmed=["de"]))
    shop.publish()
    assert facts_of(shop.get("/b/shop.js"))["others"] == "de"
    assert facts_of(shop.get("/b/shop.js", Accept_Language="de"))["others"] == "en"


def test_a_language_without_a_review_or_confirmation_is_not_published(shop):
    shop.edit(lambda draft: draft["texts"].update(languages={"en": {}, "de": {}}))
    with pytest.raises(DraftError, match="have not been reviewed by a speaker or confirmed here: German"):
        shop.publish()


def test_the_signals_that_a_site_has_switched_on_come_before_its_tags_and_no_others(shop):
    assert all(part not in shop.get("/b/shop.js").data for part in BUILD.sends.values())
    shop.edit(lambda draft: draft["overrides"].update(sends=["us_privacy", "us_privacy_cookie", "shopify"]))
    shop.publish()
    script = shop.get("/b/shop.js").data
    assert script.index(BUILD.sends["shopify"]) < script.index(BUILD.sends["us_privacy"])
    assert b'"sends":["us_privacy","us_privacy_cookie","shopify"]' in script
    assert BUILD.sends["wp_consent"] not in script


def test_gpp_comes_in_full_where_it_may_apply_and_elsewhere_as_an_answer_alone(shop):
    settings = {"approach": "national", "mspa": "none", "sensitive": [], "opt_out_notice": True}
    shop.edit(lambda draft: draft["overrides"].update(sends=["gpp"], gpp=settings))
    shop.publish()
    token = shop.token("decide")
    for query, part, other in (
        ("?country=US&subdivision=TX", "gpp", "gpp_elsewhere"),
        ("", "gpp", "gpp_elsewhere"),
        ("?country=DE", "gpp_elsewhere", "gpp"),
    ):
        script = shop.get(f"/b/shop.js{query}", Authorization=token).data
        assert BUILD.sends[part] in script, query
        assert BUILD.sends[other] not in script, query
        assert (b'"prefix":"usnat"' in script) == (part == "gpp")
