"""How to put the banner into a website, by platform: steps with lines to copy. docs/guides.md tells the same."""

from typing import NamedTuple


class Step(NamedTuple):
    """One thing to do, and the lines for it: `@head@` and the like stand for what `filled` puts in their place."""

    text: str
    lines: str = ""


class Guide(NamedTuple):
    """All steps for one platform."""

    key: str
    name: str
    steps: tuple[Step, ...]


HTML = Guide(
    "html",
    "Plain HTML",
    (
        Step("As the first element of the head of every page, or of the template that all pages share:", "@head@"),
        Step("In the footer of every page, for the links that visitors' laws ask for:", "@footer@"),
        Step("Where the page about cookies lists them:", "@declaration@"),
    ),
)
WORDPRESS = Guide(
    "wordpress",
    "WordPress",
    (
        Step(
            "In functions.php of a child theme, or in a plugin for code snippets; the number puts it before all else:",
            "add_action('wp_head', function () { ?>\n@head@\n<?php }, -1000);",
        ),
        Step(
            "In the same place, for the footer:",
            "add_action('wp_footer', function () { ?>\n<p>@footer@</p>\n<?php });",
        ),
        Step(
            "Plugins that combine, delay or defer scripts must leave this address alone; name it in their list:",
            "@script@",
        ),
        Step(
            "If your plugins follow the WP Consent API, switch it on under Settings, How the script works. "
            "Take out other consent plugins, and what they have blocked. Until the script has come the API allows all, "
            "unless WordPress says otherwise, beside the first lines:",
            "add_filter('wp_get_consent_type', fn () => 'optin');",
        ),
    ),
)
SHOPIFY = Guide(
    "shopify",
    "Shopify",
    (
        Step("Online Store, Themes, Edit code: in layout/theme.liquid, right after <head>:", "@head@"),
        Step("In the section of the footer, such as sections/footer.liquid:", "@footer@"),
        Step(
            "Switch on Shopify under Settings, How the script works: then apps and pixels hear of the choice "
            "by Shopify's Customer Privacy API. Turn off Shopify's own cookie banner."
        ),
        Step("The checkout does not load the theme: there Shopify's own privacy settings count."),
    ),
)
WEBFLOW = Guide(
    "webflow",
    "Webflow",
    (
        Step("Site settings, Custom code, Head code (it needs a paid site plan):", "@head@"),
        Step("An Embed element in the footer:", "@footer@"),
        Step(
            "Take ids of Google Analytics and the like out of Apps & integrations, and add them here under Tags. "
            "Publish the site."
        ),
    ),
)
REACT = Guide(
    "react",
    "Next.js and React",
    (
        Step(
            "Next.js: in the root layout, app/layout.jsx; it is in the HTML that the server sends:",
            "<head>\n"
            "  <script @blocker_attributes@ dangerouslySetInnerHTML={{ __html: BLOCKER }} />\n"
            '  <script async src="@script@" />\n'
            "</head>",
        ),
        Step(
            "where BLOCKER is this text, the same for every site:",
            "const BLOCKER = String.raw`@blocker_code@`;",
        ),
        Step("Without Next.js, in index.html, first in the head:", "@head@"),
        Step(
            "In the footer, as a text of its own: React then leaves alone what the banner puts there:",
            '<span data-choices-link="" suppressHydrationWarning dangerouslySetInnerHTML={{ __html: "" }} />',
        ),
        Step(
            "What your own code loads waits for its group:",
            'useEffect(() => {\n  window.consent?.when("analytics").then(() => start());\n}, []);',
        ),
    ),
)
TEMPLATES = Guide(
    "templates",
    "Django and Flask templates",
    (
        Step("First in the head of the base template:", "@head@"),
        Step(
            "With a nonce in your policy, put it on both; in Django:",
            '<script nonce="{{ request.csp_nonce }}" async src="@script@"></script>',
        ),
        Step("In the footer:", "@footer@"),
        Step(
            "A policy from the server keeps what no script can hold; in wsgi.py, with a token of scope decide:",
            "from consent.csp import ConsentPolicy\n\n"
            'application = ConsentPolicy(application, service="@service@", site="@site@", token=TOKEN)',
        ),
    ),
)
TAG_MANAGER = Guide(
    "tag-manager",
    "Google Tag Manager",
    (
        Step(
            "In the page, before the snippet of the container. Not in the container: what is loaded there comes too late "
            "to hold anything.",
            "@head@",
        ),
        Step(
            "Or take the snippet out of the page and add the container here, under Tags: then it loads when it may, "
            "and its tags follow consent mode."
        ),
        Step(
            "In the container, Admin, Container settings: enable the consent overview. Google's tags read consent mode by "
            "themselves; for all others set under Advanced settings, Consent settings that they need analytics_storage or "
            "ad_storage. The event consent_change comes with each answer."
        ),
        Step("In the footer of the page:", "@footer@"),
    ),
)
NGINX = Guide(
    "nginx",
    "A path of your own host: nginx",
    (
        Step(
            "In the server block of the website; at proxy_pass put the address by which this server reaches the service:",
            "location ~ ^/consent/(b|c|p|r|api/v1)/ {\n"
            "    rewrite ^/consent(/.*)$ $1 break;\n"
            "    proxy_pass @upstream@;\n"
            "    proxy_http_version 1.1;\n"
            "    proxy_set_header Host $http_host;\n"
            "    proxy_set_header X-Forwarded-For $remote_addr;\n"
            "    proxy_set_header X-Forwarded-Proto $scheme;\n"
            '    proxy_set_header Forwarded "";\n'
            "    client_max_body_size 256k;\n"
            "    access_log off;\n"
            "}",
        ),
        Step(
            "Name the address of this server in CONSENT_TRUSTED_PROXIES of the service. Then the page's line is:",
            "@own_line@",
        ),
    ),
)
CADDY = Guide(
    "caddy",
    "A path of your own host: Caddy",
    (
        Step(
            "In the block of the website; at reverse_proxy put the address by which this server reaches the service:",
            "@consent path /consent/b/* /consent/c/* /consent/p/* /consent/r/* /consent/api/v1/*\n"
            "handle @consent {\n"
            "\turi strip_prefix /consent\n"
            "\trequest_body {\n"
            "\t\tmax_size 256KB\n"
            "\t}\n"
            "\treverse_proxy @upstream@ {\n"
            "\t\theader_up -Forwarded\n"
            "\t}\n"
            "}",
        ),
        NGINX.steps[1],
    ),
)
APACHE = Guide(
    "apache",
    "A path of your own host: Apache",
    (
        Step("The modules that it takes:", "a2enmod proxy proxy_http headers"),
        Step(
            "In the VirtualHost of the website; at ProxyPassMatch put the address by which this server reaches the service:",
            '<LocationMatch "^/consent/(b|c|p|r|api/v1)/">\n'
            "    ProxyAddHeaders Off\n"
            "    ProxyPreserveHost On\n"
            '    RequestHeader set X-Forwarded-For "expr=%{REMOTE_ADDR}"\n'
            '    RequestHeader set X-Forwarded-Proto "expr=%{REQUEST_SCHEME}"\n'
            "    RequestHeader unset Forwarded\n"
            "    LimitRequestBody 16384\n"
            "</LocationMatch>\n"
            'ProxyPassMatch "^/consent/((b|c|p|r|api/v1)/.*)$" "@upstream@/$1"',
        ),
        NGINX.steps[1],
    ),
)
GUIDES = (HTML, WORDPRESS, SHOPIFY, WEBFLOW, REACT, TEMPLATES, TAG_MANAGER, NGINX, CADDY, APACHE)


def filled(guide: Guide, values: dict[str, str]) -> Guide:
    """Return `guide` with `values` in place of the marks that they are named by."""
    return guide._replace(steps=tuple(step._replace(lines=_fill(step.lines, values)) for step in guide.steps))


def _fill(lines: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        lines = lines.replace(f"@{name}@", value)
    return lines
