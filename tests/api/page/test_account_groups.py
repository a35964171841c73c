"""Accounts shared by two sites of a controller: refusals apply on both, grants where covered; joining and leaving."""

import json
import time

import pytest
from sqlalchemy import select

from consent.core.choice import parse_choice
from consent.log.audit_author import AuditActor, Author
from consent.publishing.account_groups import settle_realms
from consent.signing.subject_token import subject_of
from consent.sites.draft import DraftError
from consent.storage.accounts import site_groups
from consent.storage.delivery import receivers
from consent.storage.privacy import retention
from consent.storage.sites import sites
from consent.storage.subjects import accounts, realms
from consent.storage.tables.delivery import OutboxEvent
from consent.subjects.accounts import SubjectAccounts
from tests.handovers import BRAND, add_brand, publish_site
from tests.subjects import ID_KEY, Device, make_key

pytestmark = [pytest.mark.app, pytest.mark.extended]

REALM = "group:brands"
MONTH = 30.5 * 86400
ALL = ["chat", "ga", "ads"]


def shares(named=True, realm=REALM):
    def change(draft):
        draft["overrides"] |= {"accounts": True, "account_group": {"realm": realm, "named": named}}

    return change


@pytest.fixture
def brands(any_shop):
    """Return a shop, the keys of its two grouped sites and the second site's id.

    The group has a realm, which only the first site has confirmed by publishing.
    """
    brand_id = add_brand(any_shop)
    publish_site(any_shop, "brand-b")
    with any_shop.service.context.engine.begin() as connection:
        site_groups.put(connection, "Brands", [any_shop.site_id, brand_id])
        site_groups.set_realm(connection, "Brands", REALM)
    keys = {site: make_key(any_shop, site) for site in ("shop", "brand-b")}
    publish_site(any_shop, "shop", shares())
    fresh(any_shop)
    return any_shop, keys, brand_id


def fresh(shop):
    """Drop the cached keys, so that the service sees a change of the sharing at once instead of within a second."""
    with shop.service.context.engine.connect() as connection:
        for site in sites.every(connection):
            shop.service.context.privacy.subjects.drop_keys(site.id)


def on_shop(brands, **facts):
    return Device(brands[0], brands[1]["shop"], **{"realm": REALM} | facts)


def on_brand(brands, **facts):
    own = {"site": "brand-b", "origin": f"https://{BRAND}", "realm": REALM}
    return Device(brands[0], brands[1]["brand-b"], **own | facts)


def author(shop):
    return Author(AuditActor("tests", "program"), shop.service.context.keys.receipt)


def sub(realm):
    return subject_of(ID_KEY, realm, "customer 4711")


def test_a_refusal_on_one_site_holds_on_the_other_and_a_grant_there_counts_there_alone(brands):
    shop = brands[0]
    publish_site(shop, "brand-b", shares())
    fresh(shop)
    phone, laptop = on_shop(brands), on_brand(brands)
    refused = phone.choose(granted=False)
    assert refused.status_code == 201
    laptop.sign_in()
    assert (laptop.runs, laptop.last["decision"]["account"]["lines"]) == ([], ["account_applied"])
    assert laptop.choose(granted=True).json["unseen"] == []
    assert laptop.runs == ALL
    phone.sign_in()
    assert phone.runs == []


def test_a_grant_counts_on_the_other_site_where_the_banner_named_it(brands):
    shop = brands[0]
    publish_site(shop, "brand-b", shares(named=False))
    fresh(shop)
    phone, laptop = on_shop(brands), on_brand(brands)
    laptop.choose(granted=True)
    phone.sign_in()
    assert phone.runs == []
    other = on_brand(brands, account="customer 4712")
    assert on_shop(brands, account="customer 4712").choose(granted=True).status_code == 201
    other.sign_in()
    assert other.runs == ALL


def test_servers_that_still_use_the_earlier_realm_find_the_same_account(brands):
    shop = brands[0]
    alone = on_brand(brands, realm="brand-b")
    alone.choose(granted=False)
    on_shop(brands).choose(granted=True)
    publish_site(shop, "brand-b", shares())
    fresh(shop)
    old = on_brand(brands, realm="brand-b")
    old.sign_in()
    assert old.runs == []
    both = on_brand(brands)
    assert both.post("account", {"subject": both.token(prev=sub("brand-b"))}).status_code == 200
    phone = on_shop(brands)
    phone.sign_in()
    assert phone.runs == []
    with shop.service.context.engine.connect() as connection:
        assert accounts.count(connection, REALM) == 1
        assert accounts.count(connection, "brand-b") == 0


def test_a_site_that_leaves_keeps_its_refusals_and_gets_no_later_ones(brands):
    shop, _, brand_id = brands
    publish_site(shop, "brand-b", shares())
    fresh(shop)
    phone = on_shop(brands)
    on_brand(brands).choose(granted=True)
    phone.choose(granted=True, choices={"functional": True, "analytics": True, "advertising": False}, action="save")
    with shop.service.context.engine.begin() as connection:
        site_groups.put(connection, "Brands", [shop.site_id])
        settle_realms(connection, [brand_id], author(shop))
        assert realms.of_site(connection, brand_id).former == ((REALM, int(time.time()) // 86400),)
    fresh(shop)
    left = on_brand(brands, realm="brand-b")
    answer = left.post("account", {"subject": left.token(prev=sub(REALM))}).json
    assert [tag for tag in answer["decision"]["allowed_tags"] if tag != "session"] == []
    assert parse_choice(answer["choice"]).groups == {"functional": None, "analytics": None, "advertising": False}
    phone.choose(granted=False)
    left.choose(granted=True)
    assert left.runs == ALL
    again = on_brand(brands, realm="brand-b")
    again.last = again.post("account", {"subject": again.token(prev=sub(REALM))}).json
    assert again.runs == ALL
    phone.sign_in()
    assert phone.runs == []


def test_access_and_erasure_by_subject_reach_the_receipts_of_every_site(brands):
    shop = brands[0]
    publish_site(shop, "brand-b", shares())
    fresh(shop)
    receipts = [device(brands).choose(granted=True).json["id"] for device in (on_shop, on_brand)]
    headers = {"Authorization": shop.token("receipts:read", "privacy:erase"), "Content-Type": "application/json"}
    asked = {"sub": sub(REALM), "reason": "Request 1"}
    copy = shop.client.post("/api/v1/sites/shop/access", data=json.dumps(asked), headers=headers).json
    assert [row["id"] for row in copy["receipts"]] == receipts[:1]
    assert [(one["site"], [row["id"] for row in one["receipts"]]) for one in copy["other_sites"]] == [
        ("brand-b", receipts[1:])
    ]
    body = json.dumps(asked | {"level": "full"})
    erased = shop.client.post("/api/v1/sites/shop/erasures", data=body, headers=headers)
    assert (erased.status_code, erased.json["receipts"]) == (201, 2)
    assert [shop.get(f"/api/v1/receipts/{one}").status_code for one in receipts] == [404, 404]
    gone = shop.client.post("/api/v1/sites/brand-b/access", data=json.dumps(asked), headers=headers)
    assert gone.status_code == 404


def test_a_site_is_shared_only_in_a_group_of_its_own_controller_and_with_accounts(brands):
    shop = brands[0]
    for change, words in (
        (shares(realm="group:strangers"), "in no group"),
        (lambda draft: draft["controller"].update(name="Somebody Else") or shares()(draft), "another controller"),
        (lambda draft: shares()(draft) or draft["overrides"].update(accounts=False), "Turn on choices"),
    ):
        with pytest.raises(DraftError, match=words):
            publish_site(shop, "brand-b", lambda draft, change=change: (restored(draft), change(draft)))
        with shop.service.context.engine.connect() as connection:
            assert [one.key for one in realms.sites_in(connection, REALM)] == ["shop"]


def restored(draft):
    draft["controller"]["name"] = "stated"


def test_a_subject_of_another_site_that_shares_nothing_finds_nothing(brands):
    stranger = on_brand(brands, realm=REALM)
    on_shop(brands).choose(granted=True)
    stranger.sign_in()
    assert stranger.runs == []
    assert stranger.last["decision"]["account"]["applies"] == "device"


def test_receivers_of_every_site_hear_what_an_answer_changes_there(brands):
    shop, _, brand_id = brands
    publish_site(shop, "brand-b", shares())
    fresh(shop)
    facts = {"name": "Relay", "public_name": "Relay", "adapter": "plain", "address": "https://relay.example/"}
    facts |= {"settings": "{}", "groups": "", "ack": "none", "signature": "v1", "content_type": "json"}
    context = shop.service.context
    with context.engine.begin() as connection:
        receivers.add(connection, brand_id, "e" * 32, facts | {"knows_accounts": True}, int(time.time()))
        context.privacy.delivery.directory.replace(receivers.every(connection))
    receipt = on_shop(brands).choose(granted=False).json["id"]
    with context.engine.connect() as connection:
        [event] = connection.execute(select(OutboxEvent)).all()
    data = json.loads(event.body)
    assert (event.site_id, event.receipt_id, data["site"]) == (brand_id, receipt, "brand-b")
    assert data["refused"] == ["advertising", "analytics", "functional"]
    assert not any(data["allowed"]["groups"].values())


def test_shared_accounts_are_forgotten_after_the_longest_time_and_once_all_sites_have_left(brands):
    shop, _, brand_id = brands
    publish_site(shop, "brand-b", shares())
    fresh(shop)
    on_shop(brands).choose(granted=False)
    engine, now = shop.service.context.engine, time.time()

    def left_after(months):
        subjects = SubjectAccounts(engine, shop.service.context.privacy.subjects.keyring, lambda: now + months * MONTH)
        subjects.prune()
        with engine.connect() as connection:
            return accounts.count(connection, REALM)

    with engine.begin() as connection:
        retention.set_account_months(connection, shop.site_id, 13)
    assert left_after(40) == 1, "the other site keeps its accounts"
    with engine.begin() as connection:
        retention.set_account_months(connection, shop.site_id, None)
        site_groups.remove(connection, "Brands")
        settle_realms(connection, [shop.site_id, brand_id], author(shop))
    assert [left_after(12), left_after(15)] == [1, 0]
