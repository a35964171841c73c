"""What frameworks and shops need to work is essential, under its default names."""

import pytest

from consent.classifier.classifier import shipped_classifier
from consent.classifier.observation import Observation

NAMES = """
django: sessionid csrftoken
laravel: laravel_session laravel-session XSRF-TOKEN remember_web_59ba36addc2b2f9401580f014c7f58ea4e30989d
flask: session remember_token
php: PHPSESSID
java servlets: JSESSIONID
spring: SESSION remember-me
asp.net core: .AspNetCore.Session .AspNetCore.Antiforgery.9TtSrW0hzOs .AspNetCore.Identity.Application
asp.net: ASP.NET_SessionId __RequestVerificationToken .ASPXAUTH
classic asp: ASPSESSIONIDQCRBCQTR
express: connect.sid _csrf
ruby on rails: _session_id _myapp_session _little_grove_session
rack: rack.session
symfony: REMEMBERME
codeigniter: ci_session csrf_cookie_name
cakephp: CAKEPHP csrfToken
yii: _csrf-frontend
phoenix: _web_user_remember_me _my_app_key _my_app_web_user_remember_me
cookie-session: express:sess express:sess.sig session
oxid eshop: sid_key admin_sid
web2py: session_id_welcome session_id_admin
supabase: sb-abcdefghij-auth-token
better auth: better-auth.session_token __Secure-better-auth.session_token
fuelphp: fuelcid
perl: dancer.session plack_session CGISESSID
python: beaker.session.id AIOHTTP_SESSION fastapiusersauth
silverstripe: SECSESSID
kirby: kirby_session
processwire: wire wires wire_challenge
concrete: CONCRETE
neos and flow: Neos_Session Neos_Flow_Session
ring: ring-session
vapor: vapor-session
beego: beegosessionID
kemal: kemal_sessid
directus: directus_session_token directus_refresh_token
keystone: keystonejs-session
nuxt: nuxt-session
nextcloud: oc_sessionPassphrase nc_token
dokuwiki: DokuWiki
jtl-shop: JTLSHOP
xt-commerce and modified: XTCsid MODsid
mybb: mybbuser
orchard core: orchauth_Default __orchantiforgery_4f2a9c
nette: nette-samesite _nss
flarum: flarum_session flarum_remember
authentik: authentik_session
authelia: authelia_session
auth0: appSession
owin: .AspNet.ApplicationCookie
grafana and gitea: grafana_session i_like_gitea
play: PLAY_SESSION
auth.js: __Secure-authjs.session-token next-auth.session-token __Host-next-auth.csrf-token authjs.csrf-token
coldfusion: CFID CFTOKEN
wordpress: wordpress_logged_in_0a1b2c3d wp-postpass_0a1b2c3d
woocommerce: woocommerce_cart_hash woocommerce_items_in_cart wp_woocommerce_session_0a1b2c3d
drupal: SESSd41d8cd98f00b204e9800998ecf8427e SSESSd41d8cd98f00b204e9800998ecf8427e
joomla: joomla_user_state
typo3: fe_typo_user be_typo_user
magento: form_key PHPSESSID mage-cache-sessid
shopify: cart cart_sig cart_ts secure_customer_sig
prestashop: PrestaShop-a30a9934ef476d11b6cc3c983616e364
shopware: session- sw-context-token
opencart: OCSESSID
bigcommerce: SHOP_SESSION_TOKEN
squarespace: crumb CART hasCart
salesforce commerce: dwsid
odoo: session_id
keycloak: KEYCLOAK_SESSION AUTH_SESSION_ID
discourse: _forum_session
moodle: MoodleSession
koa: koa.sess koa.sess.sig koa:sess koa:sess.sig
sails: sails.sid
adonis: adonis-session
nopcommerce: .Nop.Customer .Nop.Antiforgery .Nop.Session .Nop.Authentication
oscommerce: osCsid
zen cart: zenid
sap commerce: acceleratorSecureGUID
umbraco: UMB_UCONTEXT UMB-XSRF-TOKEN
aws: AWSALB AWSALBCORS AWSELB
"""
CASES = [
    (product, name)
    for line in NAMES.strip().splitlines()
    for product, names in [line.split(":", 1)]
    for name in names.split()
]


def test_there_are_seventy_products_and_more() -> None:
    assert len({product for product, _ in CASES}) >= 70


@pytest.mark.parametrize(("product", "name"), CASES, ids=["-".join(case) for case in CASES])
def test_a_cookie_of_a_framework_on_the_sites_own_domain_is_essential(product: str, name: str) -> None:
    for third_party in (None, False):
        answer = shipped_classifier().cookie(name, "www.shop.example", third_party=third_party)
        assert answer.group == "essential", answer.reason


TRACKERS = """
_fbq_session _gtm_session _ttq_session _uet_session _mtm_session _twq_session _hj_session _ce_session _ym_session
_posthog_session _adobe_session _yandex_session _parsely_session _drift_session _intercom_session _mixpanel_session
_fbq_key _posthog_key _google_analytics_key _fbq_web_user_remember_me
"""


@pytest.mark.parametrize("name", TRACKERS.split())
def test_what_a_known_product_is_called_is_no_application_of_a_framework(name: str) -> None:
    for third_party in (None, False):
        answer = shipped_classifier().cookie(name, "www.shop.example", third_party=third_party)
        assert answer.group != "essential", answer.reason


APPLICATIONS = ["app", "shop", "myapp", "acme", "bakery", "mail_room", "gym", "booking", "hotel", "little_grove"]


@pytest.mark.parametrize("own", APPLICATIONS)
def test_a_common_name_of_an_application_is_one(own: str) -> None:
    for name in (f"_{own}_session", f"_{own}_key"):
        answer = shipped_classifier().cookie(name, "www.shop.example", third_party=False)
        assert answer.group == "essential", answer.reason


@pytest.mark.parametrize("name", ["little_grove_session", "little-grove-session", "acme_session", "shop2-session"])
def test_a_session_that_begins_with_the_application_s_name_is_one_where_no_script_can_set_it(name: str) -> None:
    def group(**more: bool) -> str:
        return shipped_classifier().cookies([Observation(name, "www.shop.example", **more)])[0].group

    assert group(third_party=False, http_only=True) == "essential"
    assert group(third_party=False, http_only=False) == "unclassified"
    assert group(third_party=False) == "unclassified"
    assert group(third_party=True, http_only=True) == "unclassified"


BEGINNING_SO = """
hotjar_session fbq_session mixpanel-session posthog_session google-analytics-session visitor_session ad-session click_session
rl_session sbjs_session ai_session _session -session uet_session hj-session adobe_session drift_session __session
"""


@pytest.mark.parametrize("name", BEGINNING_SO.split())
def test_a_session_of_a_known_product_or_of_tracking_is_no_application_s(name: str) -> None:
    met = Observation(name, "www.shop.example", third_party=False, http_only=True)
    (answer,) = shipped_classifier().cookies([met])
    assert answer.group != "essential", answer.reason


@pytest.mark.parametrize("name", ["session", "session_id", "SESSION", "sessionid", "_session_id", "remember-me"])
def test_a_name_that_several_products_have_tells_what_for_and_not_whose(name: str) -> None:
    answer = shipped_classifier().cookie(name, "www.shop.example", third_party=False)
    assert (answer.group, answer.layer, answer.vendor) == ("essential", "catalog_name", "")
    assert f"{name} under several products" in answer.reason


@pytest.mark.parametrize("name", ["sid", "session_id_visitor", "session_id_ga"])
def test_a_name_that_anybody_may_use_makes_no_framework_a_vendor(name: str) -> None:
    answer = shipped_classifier().cookie(name, "www.shop.example", third_party=False)
    assert answer.vendor == "", answer.reason
    assert not answer.is_sure
    assert answer.group != "essential"
