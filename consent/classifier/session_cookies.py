"""Names that a refusal must not delete: cookies without which sites on a common framework or shop system break."""

from consent.core.documents.vendors import VendorCookie
from consent.core.groups import ESSENTIAL
from consent.core.paths import matches

MIN_LETTERS = 3
"""Minimum number of characters around a `*` in a name."""
SESSION_COOKIES = {
    "Django": "sessionid csrftoken",
    "Rails": "_session_id _shop_session",
    "Laravel": "laravel_session XSRF-TOKEN remember_web_59ba36",
    "Express": "connect.sid _csrf csrf-token",
    "Auth.js": "next-auth.session-token __Secure-next-auth.session-token __Host-next-auth.csrf-token authjs.session-token",
    "Firebase": "__session",
    "Flask": "session",
    "ASP.NET": "ASP.NET_SessionId __RequestVerificationToken .ASPXAUTH .AspNetCore.Session .AspNetCore.Cookies"
    " .AspNetCore.Antiforgery.VyLW6 .AspNetCore.Identity.Application",
    "Java": "JSESSIONID SESSION remember-me",
    "PHP": "PHPSESSID",
    "CodeIgniter": "ci_session",
    "TYPO3": "fe_typo_user be_typo_user",
    "WordPress": "wordpress_logged_in_1f2e3d wordpress_sec_1f2e3d wp_woocommerce_session_1f2e3d"
    " woocommerce_cart_hash woocommerce_items_in_cart",
    "Drupal": "SESS1f2e3d SSESS1f2e3d",
    "Magento": "form_key mage-cache-sessid X-Magento-Vary",
    "PrestaShop": "PrestaShop-1f2e3d",
    "Shopify": "_secure_session_id secure_customer_sig _shopify_essential checkout_token",
    "this service": "consent_shop consent_shop_id",
}
"""Session, sign-in, cart and anti-forgery cookies by framework; variable parts are examples."""


def deletion_error(cookie: VendorCookie) -> str:
    """Return a sentence that says why a refusal could delete too much because of `cookie`'s name, or ""."""
    name = cookie["name"]
    if cookie["group"] == ESSENTIAL:
        return ""
    if "*" in name and cookie["pattern"] and len(name.replace("*", "")) < MIN_LETTERS:
        return f"Write at least {MIN_LETTERS} characters beside the *: a refusal deletes all that the name fits."
    if cookie["kind"] != "cookie" or cookie["third_party"]:
        return ""
    for owner, names in SESSION_COOKIES.items():
        for known in names.split():
            if matches(name, known) if cookie["pattern"] else name == known:
                return f"{name} fits {known}, which {owner} needs: a refusal would delete it."
    return ""
