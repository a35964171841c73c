"""Choices of signed-in visitors in Chromium, with the whole service; each device is its own browser context."""

import threading
import time
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Page, expect

from consent.delivery import manage
from consent.log.audit_author import AuditActor, Author
from consent.outbound.public_addresses import AllowList
from consent.storage.delivery import receivers
from consent.storage.sites import sites
from tests.api.shop import open_shop
from tests.axe import page_problems
from tests.event_receiver import EventReceiver
from tests.subjects import make_key, make_token
from tests.wsgi_server import serving

pytestmark = [pytest.mark.app, pytest.mark.extended]

LOADED = "consent.debug().loaded.filter((id) => id !== 'session').sort().join()"
ALL = "ads,chat,ga"


class Site:
    """A shop on the service's host: `?as=NAME` signs in, `?as=` signs out; `place` is every visitor's place."""

    def __init__(self, folder):
        self.shop = open_shop(folder, edge="cloudflare", trusted_proxies=("127.0.0.1/32",))
        self.shop.edit(lambda draft: draft["overrides"].update(accounts=True))
        self.key, self.place, self.devices = make_key(self.shop), ("FR", ""), []
        self.joins = threading.Event()
        self.joins.set()

    def serve(self, environ, start_response):
        path, query = environ["PATH_INFO"], parse_qs(environ["QUERY_STRING"], keep_blank_values=True)
        if path == "/" or path == "/token":
            account = query.get("as", [None])[0]
            token = make_token(self.key, account) if account else ""
            start_response("200 OK", [("Content-Type", "text/html" if path == "/" else "text/plain")])
            if path == "/token":
                return [token.encode()]
            said = f' data-subject="{token}" data-subject-url="/token?as={account}"' if account is not None else ""
            line = f'<script async src="/b/shop.js"{said}></script>'
            head = f"<!doctype html><html lang=en><title>Shop</title><head>{line}</head>"
            mine = f'<input type="hidden" name="subject" value="{token}"><button>My privacy choices</button>'
            form = f'<form method="post" action="/r/shop">{mine}</form>' if token else ""
            return [f"{head}<body><main><h1>Shop</h1>{form}</main>".encode()]
        if path.endswith("/account"):
            self.joins.wait(20)
        country, region = self.place
        edge = {"HTTP_CF_IPCOUNTRY": country, "HTTP_CF_REGION_CODE": region, "HTTP_CF_RAY": "x"}
        return self.shop.service.wsgi_app(environ | edge, start_response)


@pytest.fixture
def site(tmp_path) -> Iterator[Site]:
    made = Site(tmp_path)
    with serving(made.serve) as port:
        made.address = f"http://www.shop.localhost:{port}"
        made.shop.edit(lambda draft: draft.update(hosts=[made.address]))
        made.shop.publish()
        yield made
    made.shop.service.close()


@pytest.fixture
def newsletter(site) -> Iterator[EventReceiver]:
    """A newsletter tool that receives choices and acknowledges each."""
    heard, context = EventReceiver(), site.shop.service.context
    heard.acks, delivery = "applied", context.privacy.delivery
    delivery.senders.allowed = AllowList((heard.host,))
    fields = manage.ReceiverFields("Relay", "Newsletter", "plain", heard.url, {}, (), "body", True, "v1", "json")
    author, now = Author(AuditActor("tests"), context.keys.receipt), int(time.time())
    with context.engine.begin() as connection:
        owner = sites.by_key(connection, "shop")
        manage.add_receiver(connection, delivery.keys, delivery.senders.allowed, owner, author, fields, now)
        delivery.directory.replace(receivers.every(connection))
    yield heard
    heard.close()


@pytest.fixture
def device(browser: Browser, site: Site):
    """Open browser contexts, each a device with its own cookies."""
    contexts = []

    def new() -> Page:
        context = browser.new_context(viewport={"width": 390, "height": 700})
        context.route("https://**", lambda route: route.fulfill(body="", content_type="text/javascript"))
        contexts.append(context)
        page = context.new_page()
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(error))
        return page

    yield new
    assert [page.errors for context in contexts for page in context.pages if page.errors] == []
    for context in contexts:
        context.close()


def visit(page: Page, site: Site, query: str = "") -> None:
    page.goto(f"{site.address}/{query}")
    page.wait_for_function("window.consent && consent.get()")


def joined(page: Page) -> None:
    page.wait_for_function("consent.account?.()")


def press(page: Page, name: str) -> None:
    with page.expect_response(lambda answer: answer.url.endswith("/receipts")) as answered:
        page.get_by_role("button", name=name, exact=True).click()
    assert answered.value.status == 201, answered.value.text()


def loads(page: Page, tags: str) -> None:
    page.wait_for_function(f"{LOADED} === '{tags}'")


def test_the_phone_refuses_the_laptop_signs_in_and_is_refused_too_and_the_newsletter_confirms(site, device, newsletter):
    phone, laptop = device(), device()
    visit(laptop, site)
    press(laptop, "Accept all")
    loads(laptop, ALL)
    visit(phone, site, "?as=4711")
    expect(phone.get_by_text("Your choice counts on all devices where you are signed in.")).to_be_visible()
    assert page_problems(phone) == []
    press(phone, "Reject all")
    visit(laptop, site, "?as=4711")
    joined(laptop)
    expect(laptop.get_by_text("Your account refused more than this device.")).to_be_visible()
    assert page_problems(laptop) == []
    assert laptop.evaluate(LOADED) == ""
    assert laptop.evaluate("consent.account().lines") == ["account_stricter"]
    laptop.keyboard.press("Escape")
    expect(laptop.get_by_text("Your account refused more than this device.")).to_have_count(0)
    visit(laptop, site, "?as=")
    loads(laptop, ALL)
    assert [one["name"] for one in laptop.context.cookies() if "own" in one["name"]] == []
    refusal = next(post.event for post in newsletter.posts if post.event["data"]["scope"] == "account")
    assert refusal["data"]["refused"] == ["advertising", "analytics", "functional"]
    confirmed = phone.get_by_text("Confirmed")
    for _ in range(50):
        visit(phone, site, "?as=4711")
        phone.get_by_role("button", name="My privacy choices").click()
        if confirmed.count():
            break
    expect(phone.get_by_role("heading", name="Newsletter")).to_be_visible()
    expect(confirmed.first).to_be_visible()


def test_nothing_optional_runs_for_the_next_who_signs_in_before_the_service_has_answered(site, device):
    laptop = device()
    visit(laptop, site, "?as=one")
    press(laptop, "Accept all")
    loads(laptop, ALL)
    site.joins.clear()
    visit(laptop, site, "?as=other")
    assert laptop.evaluate("consent.get().allowed_tags") == ["session"]
    assert laptop.evaluate(LOADED) == ""
    site.joins.set()
    expect(laptop.get_by_role("button", name="Accept all", exact=True)).to_be_visible()
    assert laptop.evaluate(LOADED) == ""


def test_a_grant_follows_the_account_and_one_device_can_be_kept_apart(site, device):
    phone, laptop = device(), device()
    visit(phone, site, "?as=4711")
    press(phone, "Accept all")
    loads(phone, ALL)
    visit(laptop, site, "?as=4711")
    loads(laptop, ALL)
    expect(laptop.get_by_text("The choices of your account apply on this device.")).to_be_visible()
    tablet = device()
    visit(tablet, site, "?as=somebody")
    tablet.get_by_label("Only on this device").check()
    press(tablet, "Reject all")
    joined(tablet)
    tablet.wait_for_function("consent.account().mode === 'apart'")
    again = device()
    visit(again, site, "?as=somebody")
    joined(again)
    expect(again.get_by_role("button", name="Accept all", exact=True)).to_be_visible()


def test_in_california_opting_in_again_takes_two_steps_and_nothing_runs_between(site, device):
    site.place = ("US", "CA")
    phone, laptop = device(), device()
    visit(phone, site, "?as=4711")
    phone.wait_for_function("consent.get().regime === 'us_ca'")
    joined(phone)
    with phone.expect_response(lambda answer: answer.url.endswith("/receipts")):
        phone.evaluate("consent.set({advertising: false})")
    visit(laptop, site, "?as=4711")
    joined(laptop)
    assert "ads" not in laptop.evaluate(LOADED)
    with laptop.expect_response(lambda answer: answer.url.endswith("/receipts")):
        laptop.evaluate("consent.set({advertising: true})")
    confirm = laptop.get_by_role("button", name="Confirm: allow sale or sharing again for your account?")
    expect(confirm).to_be_visible()
    assert "ads" not in laptop.evaluate(LOADED)
    with laptop.expect_response(lambda answer: answer.url.endswith("/receipts")):
        confirm.click()
    laptop.wait_for_function(f"{LOADED}.includes('ads')")


def test_a_page_says_by_its_own_script_who_is_signed_in(site, device):
    phone, laptop = device(), device()
    visit(phone, site, "?as=4711")
    press(phone, "Accept all")
    visit(laptop, site)
    token = make_token(site.key, "4711")
    assert laptop.evaluate(
        "(token) => consent.identify(token).then(({groups}) => groups.ads ?? groups.advertising.granted)", token
    )
    loads(laptop, ALL)
    laptop.evaluate("consent.forget()")
    laptop.wait_for_function("consent.account() === null")
    assert laptop.evaluate("document.cookie") == ""
