"""The cookies that a framework's or shop's site doesn't work without."""

FRAMEWORKS = {
    "Django": "sessionid csrftoken messages",
    "Rails": "_shop_session _session_id",
    "Laravel": "laravel_session XSRF-TOKEN remember_web_59ba36addc2b2f9401580f014c7f58ea4e30989d",
    "Express": "connect.sid _csrf csrf-token",
    "Auth.js": "next-auth.session-token next-auth.csrf-token authjs.session-token",
    "Firebase": "__session",
    "Flask": "session",
    "CodeIgniter": "ci_session",
    "TYPO3": "fe_typo_user be_typo_user",
    "ASP.NET": "ASP.NET_SessionId __RequestVerificationToken .ASPXAUTH .AspNetCore.Session"
    " .AspNetCore.Antiforgery.VyLW6ORzMgk .AspNetCore.Identity.Application .AspNetCore.Cookies",
    "Spring": "JSESSIONID SESSION XSRF-TOKEN remember-me",
    "WooCommerce": "woocommerce_cart_hash woocommerce_items_in_cart wp_woocommerce_session_0123456789abcdef"
    " wordpress_logged_in_0123456789abcdef wordpress_sec_0123456789abcdef",
    "Magento": "PHPSESSID form_key mage-cache-sessid mage-cache-storage private_content_version X-Magento-Vary"
    " section_data_ids persistent_shopping_cart",
    "PrestaShop": "PrestaShop-0123456789abcdef0123456789abcdef PHPSESSID",
    "Shopify": "cart cart_sig cart_ts cart_currency secure_customer_sig _shopify_essential _secure_session_id"
    " storefront_digest checkout_token",
}
"""Session, CSRF, sign-in and cart cookies, with the default names of each framework and shop."""
ALL = [name for names in FRAMEWORKS.values() for name in names.split()]
