"""What frameworks and shops need to work is essential, under the names that they give it by default."""

import pytest

from consent.classify.classifier import shipped_classifier

NAMES = """
django: sessionid csrftoken
laravel: laravel_session XSRF-TOKEN remember_web_59ba36addc2b2f9401580f014c7f58ea4e30989d
flask: session remember_token
php: PHPSESSID
java servlets: JSESSIONID
spring: SESSION remember-me
asp.net core: .AspNetCore.Session .AspNetCore.Antiforgery.9TtSrW0hzOs .AspNetCore.Identity.Application
asp.net: ASP.NET_SessionId __RequestVerificationToken .ASPXAUTH
classic asp: ASPSESSIONIDQCRBCQTR
express: connect.sid _csrf
ruby on rails: _session_id
rack: rack.session
symfony: REMEMBERME
codeigniter: ci_session csrf_cookie_name
cakephp: CAKEPHP csrfToken
yii: _csrf-frontend
phoenix: _web_user_remember_me
play: PLAY_SESSION
auth.js: next-auth.session-token __Host-next-auth.csrf-token authjs.csrf-token
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
koa: koa.sess koa.sess.sig
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
    for product, names in [line.split(":")]
    for name in names.split()
]


def test_there_are_forty_products_and_more() -> None:
    assert len({product for product, _ in CASES}) >= 40


@pytest.mark.parametrize(("product", "name"), CASES, ids=["-".join(case) for case in CASES])
def test_a_cookie_of_a_framework_on_the_sites_own_domain_is_essential(product: str, name: str) -> None:
    for third_party in (None, False):
        answer = shipped_classifier().cookie(name, "www.shop.example", third_party=third_party)
        assert answer.group == "essential", answer.reason
