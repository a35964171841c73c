"""A site in the Transparency and Consent Framework: payload, files, choices, receipts and decisions."""

import json
import secrets
import time

import pytest
from sqlalchemy import event

from consent.alarms.rules import AlarmContext, check_all
from consent.core.tcf.id_sets import format_ids, read_ids
from consent.core.tcf.tc_string import decode
from consent.sites.vendor_lists.update import update_lists
from consent.storage.sites import sites, vendor_lists
from consent.verify import Wrong, check_second_schema
from tests.api.page.preview_link import link
from tests.api.shop import ORIGIN, claims_of, cookies_of
from tests.tcf_site import LISTS, SETTINGS, TODAY, list_folder, publish_with_tcf, take_part

DE = {"CF_IPCountry": "DE"}
DAY = int(time.time() // 86400)
NOTHING = dict.fromkeys(("purposes", "interests", "features", "vendors", "vendor_interests"), "")


@pytest.fixture
def tcf_shop(shop, tmp_path):
    take_part(shop, tmp_path / "gvl")
    return shop


def offered(shop):
    return shop.decision("?view=banner&language=de").json["banner"]["tcf"]


def chose(shop, action="accept_all", granted=True, headers=None, **facts):
    """Post a choice from a page on the site's own host."""
    body = shop.choice(action, granted=granted, key=secrets.token_hex(16), **facts)
    return shop.choose(body, Sec_Fetch_Site="same-origin", **headers or {})


def chosen(shop, action="save", **sets):
    tcf = {"key": offered(shop)["key"], "language": "en", **NOTHING, **sets}
    return chose(shop, action, granted=action == "accept_all", tcf=tcf)


def test_a_site_without_tcf_sends_nothing_about_it(shop):
    banner = shop.decision("?view=banner").json
    assert "tcf" not in banner
    assert "tcf" not in banner["banner"]
    assert "tcf" not in banner["banner"]["resolved"]
    answer = chose(shop)
    assert claims_of(shop, answer)["schema"] == "consent-receipt/1"
    assert list(cookies_of(answer)) == ["consent_shop", "consent_shop_id"]


def test_the_first_layer_gets_what_it_says_and_writes(tcf_shop):
    facts = offered(tcf_shop)
    assert facts["applies"] is True  # the place is unknown
    assert (facts["cmp"], facts["list"], facts["cc"], facts["lang"]) == ([123, 7], [3, 5], "DE", "en")
    assert len(read_ids(facts["disclosed"])) == 5
    assert len(json.dumps(facts)) < 1500
    token = tcf_shop.token("decide")
    elsewhere = tcf_shop.decision("?view=banner&country=US&subdivision=CA", Authorization=token).json["banner"]
    assert elsewhere["tcf"] == {"applies": False, "cmp": [123, 7], "list": [3, 5]}
    assert not any("tcf" in tag for tag in elsewhere["resolved"]["tags"])


def test_texts_and_vendors_come_by_their_hash_and_never_change(tcf_shop):
    texts, vendors = (tcf_shop.get(address) for address in offered(tcf_shop)["more"])
    assert texts.json["lang"] == "en"
    assert texts.json["purposes"]["1"]["illustrations"]
    assert [one["id"] for one in vendors.json["vendors"]] == [2, 8, 10, 21, 755]
    assert "immutable" in vendors.headers["Cache-Control"]
    assert vendors.headers["Access-Control-Allow-Origin"] == "*"
    assert tcf_shop.get("/b/shop/tcf/0000000000000000.json").status_code == 404
    before = offered(tcf_shop)["more"]
    publish_with_tcf(tcf_shop, SETTINGS | {"vendors": [2]})
    assert offered(tcf_shop)["more"] != before
    assert tcf_shop.get(before[1]).status_code == 200  # a page older than the publish


def test_accept_all_of_the_first_layer_is_a_receipt_with_the_string(tcf_shop):
    answer = chose(tcf_shop, layer=1)
    assert answer.status_code == 201
    claims = claims_of(tcf_shop, answer)
    tcf = claims["tcf"]
    said = decode(tcf["string"])
    assert claims["schema"] == "consent-receipt/2"
    assert (tcf["cmp"], tcf["version"], tcf["policy"], tcf["screen"], tcf["language"]) == ([123, 7], 3, 5, 1, "en")
    assert said.created == said.updated == DAY * 864_000
    assert said.purposes == {1, 2, 3, 4} == said.publisher.purposes
    assert (said.vendors, said.vendor_interests) == ({2, 21, 755}, {2, 8, 10, 21, 755})
    assert said.disclosed == {2, 8, 10, 21, 755}
    assert said.features == {1}
    assert cookies_of(answer)["consent_shop_tcf"].startswith(f"t1.{DAY}.{tcf['key']}.1.en.*.*.*.*.*.;")
    decision = answer.json["decision"]
    assert decision["tcf"]["string"] == tcf["string"]
    assert "ads" in decision["allowed_tags"]
    check_second_schema(claims | {"what": "receipt"}, "it")


def test_reject_all_grants_nothing_and_discloses_all(tcf_shop):
    answer = chose(tcf_shop, "reject_all", granted=False)
    said = decode(claims_of(tcf_shop, answer)["tcf"]["string"])
    assert not said.purposes | said.interests | said.vendors | said.vendor_interests | said.features
    assert said.disclosed == {2, 8, 10, 21, 755}
    assert "ads" not in answer.json["decision"]["allowed_tags"]


def test_purposes_and_vendors_decide_a_tag_of_the_list_and_groups_the_others(tcf_shop):
    def allowed(**sets):
        return set(chosen(tcf_shop, **sets).json["decision"]["allowed_tags"])

    whole = {"purposes": "1_3-4", "vendors": "755", "interests": "*", "vendor_interests": "*"}
    assert allowed(**whole) == {"session", "ads"}
    assert allowed(**whole | {"vendors": "2"}) == {"session"}
    assert allowed(**whole | {"purposes": "1_3"}) == {"session"}
    assert allowed(**whole | {"interests": "2"}) == {"session"}
    assert allowed(**whole | {"vendor_interests": ""}) == {"session"}


def test_a_server_asks_with_both_cookies_and_nothing_is_said_before_a_choice(tcf_shop):
    token = tcf_shop.token("decide")

    def ask(query=""):
        return tcf_shop.decision(f"?country=DE{query}", Authorization=token).json["tcf"]

    assert ask() == {
        **{"gdpr_applies": True, "cmp_id": 123, "cmp_version": 7, "version": 3, "policy": 5},
        "string": None,
    }
    answer = chosen(tcf_shop, purposes="1-2", vendors="2")
    first, second = (cookies_of(answer)[name].split(";")[0] for name in ("consent_shop", "consent_shop_tcf"))
    assert decode(ask(f"&choice={first}&tcf={second}")["string"]).purposes == {1, 2}
    assert ask(f"&tcf={second}")["string"] is None  # a string counts only with its choice
    assert ask(f"&choice={first}&tcf=t1.nonsense")["string"] is None
    elsewhere = tcf_shop.decision(f"?country=US&choice={first}&tcf={second}", Authorization=token).json["tcf"]
    assert (elsewhere["gdpr_applies"], "string" in elsewhere) == (False, False)
    assert tcf_shop.decision(f"?tcf={'1' * 3801}", Authorization=token).status_code == 400
    assert tcf_shop.decision(f"?tcf={second}").status_code == 403


def test_a_signal_revokes_what_it_concerns(tcf_shop):
    answer = chose(tcf_shop, layer=2, headers={"Sec_GPC": "1"})
    claims = claims_of(tcf_shop, answer)
    said = decode(claims["tcf"]["string"])
    assert claims["tcf"]["purposes"] == "*"  # what the visitor chose
    assert said.purposes == {1}
    assert said.interests == {9, 10}
    assert not said.features
    assert "ads" not in answer.json["decision"]["allowed_tags"]


def test_an_opt_out_by_signal_alone_leaves_the_rest_open(tcf_shop):
    body = tcf_shop.choice("opt_out", method="gpc") | {"choices": {"advertising": False}}
    answer = tcf_shop.choose(body, Sec_GPC="1")
    assert "tcf" not in claims_of(tcf_shop, answer)
    assert answer.json["decision"]["show"] == "ask"


@pytest.mark.parametrize(
    ("tcf", "field"),
    [
        ({"key": "00000000"}, "tcf.key"),
        ({"language": "xx"}, "tcf.language"),
        ({"purposes": "2-1"}, "tcf.purposes"),
        ({"vendors": "1" * 4000}, "tcf.vendors"),
        ({"vendors": None}, "tcf.vendors"),
        ({"more": "1"}, "tcf.more"),
    ],
)
def test_rejects_a_choice_that_was_not_offered_and_writes_nothing(tcf_shop, tcf, field):
    before = tcf_shop.receipts()
    answer = chosen(tcf_shop, **tcf)
    assert answer.status_code == 400
    assert list(answer.json["error"]["fields"]) == [field]
    assert tcf_shop.receipts() == before


def test_accept_all_grants_everything_and_reject_all_nothing(tcf_shop):
    every = dict.fromkeys(NOTHING, "*")
    assert chosen(tcf_shop, "accept_all", **every).status_code == 201
    assert chosen(tcf_shop, "accept_all", **every | {"vendors": "2"}).status_code == 400
    assert chosen(tcf_shop, "reject_all", interests="2").status_code == 400


def test_a_site_without_it_takes_no_purposes(shop):
    tcf = {"key": "00000000", "language": "en", **NOTHING}
    assert shop.choose(shop.choice(tcf=tcf)).status_code == 400


def test_a_new_vendor_asks_again_and_a_removed_one_does_not(tcf_shop):
    cookies = cookies_of(chose(tcf_shop))
    cookie = "; ".join(f"{name}={cookies[name].split(';')[0]}" for name in ("consent_shop", "consent_shop_tcf"))

    def shown():
        answer = tcf_shop.decision(Cookie=cookie).json
        return answer["show"], answer["tcf"]["string"] is None, "ads" in answer["allowed_tags"]

    assert shown() == ("none", False, True)
    publish_with_tcf(tcf_shop, SETTINGS | {"vendors": [2, 8]})
    assert shown() == ("none", False, True)
    publish_with_tcf(tcf_shop, SETTINGS | {"vendors": [2, 8, 44]})
    assert shown() == ("ask", True, False)


def test_googles_providers_have_a_string_of_their_own(shop, tmp_path):
    providers = [{"id": one, "name": f"P{one}", "policy_url": "https://p.example/"} for one in (70, 89, 108)]
    take_part(shop, tmp_path / "gvl", SETTINGS | {"google_providers": providers})
    claims = claims_of(shop, chosen(shop, purposes="1", vendors="2", google="70_89"))
    assert claims["tcf"]["additional_consent"] == "2~70.89~dv.108"


def test_a_tc_string_that_does_not_match_the_recorded_choice_does_not_verify(tcf_shop):
    claims = claims_of(tcf_shop, chose(tcf_shop)) | {"what": "receipt"}
    for change in ({"purposes": "1-3"}, {"version": 4}, {"cmp": [124, 7]}, {"features": ""}):
        with pytest.raises(Wrong):
            check_second_schema(claims | {"tcf": claims["tcf"] | change}, "it")


def test_1500_vendors_travel_in_body_and_cookie(shop, tmp_path):
    folder = tmp_path / "big"
    folder.mkdir()
    (folder / "vendor-list.json").write_bytes((LISTS / "gvl_big.json").read_bytes())
    update_lists(shop.service.context.engine, str(folder), TODAY)
    every = sorted(int(one) for one in json.loads((LISTS / "gvl_big.json").read_bytes())["vendors"])
    publish_with_tcf(shop, SETTINGS | {"vendors": every}, ads=755)
    some = format_ids(frozenset(every[::2]))
    answer = chosen(shop, purposes="*", vendors=some, interests="*", vendor_interests=some)
    assert answer.status_code == 201
    assert len(cookies_of(answer)["consent_shop_tcf"]) < 1000
    assert len(claims_of(shop, answer)["tcf"]["string"]) < 2600


def test_a_preview_of_a_draft_has_its_files(shop, tmp_path):
    update_lists(shop.service.context.engine, str(list_folder(tmp_path / "gvl")), TODAY)
    shop.edit(lambda draft: draft["overrides"].update(sends=["tcf"], tcf=SETTINGS))
    cookie = f"consent_preview_shop={link(shop)}"
    facts = shop.get("/p/shop/decision", Cookie=cookie, Origin=ORIGIN).json["banner"]["tcf"]
    assert len(read_ids(facts["disclosed"])) == 5
    assert [shop.get(address).status_code for address in facts["more"]] == [200, 200]


def test_an_old_list_and_one_that_waits_for_a_publish_are_alarms(tcf_shop, tmp_path):
    engine, configs = tcf_shop.service.context.engine, tcf_shop.service.context.configs

    def sentences(now):
        with engine.connect() as connection:
            context = AlarmContext(connection, sites.every(connection), now, 0, now, now, rules=configs.rules)
            found = check_all(context)
        return [problem.sentence for (_, kind), problem in found.items() if kind == "vendor_list_outdated"]

    made = TODAY - 320 * 86_400  # 2026-01-15
    assert sentences(made + 8 * 86_400) == []
    assert sentences(made + 9 * 86_400) == [
        "The vendor list of Shop is 9 days old, and a new one comes out every week."
    ]
    # A minute later the check reads no config again.
    statements = []
    event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    assert sentences(made + 8 * 86_400) == []
    assert [one for one in statements if "config.body" in one.partition("FROM")[0] and " IN " in one] == []
    folder = list_folder(tmp_path / "newer", 4, lastUpdated="2026-12-01T12:00:00Z")
    update_lists(engine, str(folder), TODAY)
    assert sentences(TODAY) == []
    with engine.begin() as connection:
        vendor_lists.add(connection, b"{}", version=5, updated_on="2026-12-09", now=TODAY, language="")
    assert sentences(TODAY + 9 * 86_400) == ["Shop shows version 3 of the vendor list, and 5 is available."]
