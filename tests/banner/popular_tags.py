"""What the code of the most used vendors finds in a page after their snippets ran, with the sources.

The libraries aren't available here, so a stand-in at the vendor's address inspects the globals before it does anything.
The expected values follow the vendors' snippets, as shown in the named sources; read on 2026-11-30.
"""

from dataclasses import dataclass, field
from typing import Any

UUID = "01234567-89ab-cdef-0123-456789abcdef"
NUXT = "@nuxt/scripts 1.3.9, registry/{}.ts"
TARTE = "tarteaucitron.js 1.34.0, tarteaucitron.services.js: {}"


@dataclass(frozen=True)
class Shape:
    """A tag with typed parameters, the address of its code, and the globals that the code finds.

    `is` marks a function, and `calls` lists what the function stores under `queue`, as arguments objects if `raw`.
    `handler` is the name that the code sets on a stub to receive later calls, and `later` is such a call by the page.
    """

    vendor: str
    template: str
    parameters: dict[str, str]
    address: str
    finds: dict[str, Any]
    source: str
    handler: str = ""
    later: str = ""
    typed: dict[str, str] = field(default_factory=dict)
    """The values typed into the form where they aren't the parameters themselves, such as a whole URL."""


def raw(*calls: list[Any]) -> list[Any]:
    """Return calls stored as arguments objects."""
    return [{"arguments": call} for call in calls]


TTQ = (
    "alias debug disableCookie enableCookie grantConsent group holdConsent identify instances off on once page ready"
    " revokeConsent track"
)
TIKTOK = "https://analytics.tiktok.com/i18n/pixel/events.js"
PIXEL = "C4ABCDEFGHIJ01234567"
OUTBRAIN = "0123456789abcdef0123456789abcdef01"
INTERCOM = {"app_id": "abcd1234", "api_base": "https://api-iam.eu.intercom.io"}
HUBSPOT = ("analytics", "advertisement", "functionality")
GRANTED = {"ad_Storage": "denied", "analytics_Storage": "granted"}

SHAPES = [
    Shape(
        "tiktok-pixel",
        "tiktok-pixel",
        {"pixel_id": PIXEL},
        f"{TIKTOK}?sdkid={PIXEL}&lib=ttq",
        {
            "TiktokAnalyticsObject": "ttq",
            "ttq": {
                "list": [["holdConsent"], ["grantConsent"], ["page"]],
                "methods": TTQ.split(),
                "_i": {PIXEL: {"list": [], "_u": TIKTOK}},
                "_t": {PIXEL: "a time"},
                "_o": {PIXEL: {}},
            },
        },
        NUXT.format("tiktok-pixel"),
    ),
    Shape(
        "x-ads",
        "x-ads",
        {"pixel_id": "o1abc"},
        "https://static.ads-twitter.com/uwt.js",
        {"twq": {"is": "function", "version": "1.1", "queue": raw(["config", "o1abc"])}},
        "opsblu.com/documentation/ad-platforms/x-ads, and " + NUXT.format("x-pixel"),
        "exe",
        "twq('event', 'tw-o1abc-1')",
    ),
    Shape(
        "reddit-pixel",
        "reddit-pixel",
        {"pixel_id": "a2_abcdefghijkl"},
        "https://www.redditstatic.com/ads/pixel.js?pixel_id=a2_abcdefghijkl",
        {
            "rdt": {
                "is": "function",
                "callQueue": [["init", "a2_abcdefghijkl"], *raw(["enableFirstPartyCookies"], ["track", "PageVisit"])],
            }
        },
        NUXT.format("reddit-pixel"),
        "sendEvent",
        "rdt('track', 'Lead')",
    ),
    Shape(
        "linkedin-insight",
        "linkedin-insight",
        {"partner_id": "1234567"},
        "https://snap.licdn.com/li.lms-analytics/insight.min.js",
        {
            "_linkedin_partner_id": "1234567",
            "_linkedin_data_partner_ids": ["1234567"],
            "lintrk": {"is": "function", "q": []},
        },
        NUXT.format("linkedin-insight"),
    ),
    Shape(
        "hotjar",
        "hotjar",
        {"site_id": "1234567"},
        "https://static.hotjar.com/c/hotjar-1234567.js?sv=6",
        {"_hjSettings": {"hjid": 1234567, "hjsv": 6}, "hj": {"is": "function", "q": []}},
        NUXT.format("hotjar"),
    ),
    Shape(
        "microsoft-clarity",
        "clarity",
        {"project_id": "abcd123456"},
        "https://www.clarity.ms/tag/abcd123456",
        {"clarity": {"is": "function", "q": raw(["consentv2", GRANTED])}},
        "@nuxt/scripts 1.3.9, registry/clarity.ts",
    ),
    Shape(
        "microsoft-ads",
        "uet",
        {"tag_id": "12345678"},
        "https://bat.bing.com/bat.js",
        {
            "uetq": [
                *("consent", "default", {"ad_storage": "denied"}),
                *("consent", "update", {"ad_storage": "granted"}),
            ]
        },
        "pastebin.com/q8aPPM45 (the vendor's snippet), and " + NUXT.format("bing-uet"),
    ),
    Shape(
        "pinterest-tag",
        "pinterest-tag",
        {"tag_id": "2612345678901"},
        "https://s.pinimg.com/ct/core.js",
        {
            "pintrk": {
                "is": "function",
                "version": "3.0",
                "queue": [["setconsent", True], ["load", "2612345678901"], ["page"]],
            }
        },
        TARTE.format("pinterestpixel"),
    ),
    Shape(
        "snapchat-pixel",
        "snap-pixel",
        {"pixel_id": UUID},
        "https://sc-static.net/scevent.min.js",
        {"snaptr": {"is": "function", "queue": raw(["init", UUID], ["track", "PAGE_VIEW"])}},
        NUXT.format("snapchat-pixel"),
        "handleRequest",
        "snaptr('track', 'PURCHASE')",
    ),
    Shape(
        "crisp",
        "crisp",
        {"website_id": UUID},
        "https://client.crisp.chat/l.js",
        {"$crisp": [], "CRISP_WEBSITE_ID": UUID},
        NUXT.format("crisp"),
    ),
    Shape(
        "intercom",
        "intercom",
        {"app_id": "abcd1234", "region": "api-iam.eu"},
        "https://widget.intercom.io/widget/abcd1234",
        {
            "Intercom": {
                "is": "function",
                "q": [["boot", INTERCOM]],
                "queue": [["boot", INTERCOM]],
            }
        },
        "developers.intercom.com, installation of the messenger; @c15t/scripts 2.2.0, intercom",
    ),
    Shape(
        "hubspot",
        "hubspot",
        {"hub_id": "12345678", "server": "js-eu1"},
        "https://js-eu1.hs-scripts.com/12345678.js",
        {
            "_hsq": [["doNotTrack", {"track": True}]],
            "_hsp": [
                ["setHubSpotConsent", dict.fromkeys(HUBSPOT, False)],
                ["setHubSpotConsent", dict.fromkeys(HUBSPOT, True)],
            ],
        },
        "developers.hubspot.com, tracking code and cookie banner APIs",
    ),
    Shape(
        "brevo",
        "brevo",
        {"client_key": "abcdefghijkl0123456789ab"},
        "https://cdn.brevo.com/js/sdk-loader.js",
        {"Brevo": [["init", {"client_key": "abcdefghijkl0123456789ab"}]]},
        "developers.brevo.com/docs/tracker-js-implementation",
    ),
    Shape(
        "piwik-pro",
        "piwik-pro",
        {"account": "example", "site_id": UUID},
        f"https://example.containers.piwik.pro/{UUID}.js",
        {
            "ppms": {"tm": {"api": {"is": "function"}}, "cm": {"api": {"is": "function"}}},
            "dataLayer": [
                {
                    "event": "ppms.cm:setComplianceSettings",
                    "parameters": [{"consents": {"analytics": {"status": 1}}}, {"is": "function"}],
                },
                {"start": "a time", "event": "stg.start"},
            ],
        },
        TARTE.format("piwikpro") + "; developers.piwik.pro, JavaScript API of the consent manager",
    ),
    Shape(
        "matomo",
        "matomo",
        {"host": "stats.example.org/matomo", "site_id": "7"},
        "https://stats.example.org/matomo/matomo.js",
        {
            "_paq": [
                *(["requireConsent"], ["setConsentGiven"]),
                ["setTrackerUrl", "https://stats.example.org/matomo/matomo.php"],
                *(["setSiteId", "7"], ["trackPageView"], ["enableLinkTracking"]),
            ]
        },
        "developer.matomo.org/guides/tracking-javascript-guide",
        typed={"host": "https://stats.example.org/matomo/", "site_id": "7"},
    ),
    Shape(
        "plausible",
        "plausible-script",
        {"script_id": "AbCdEfGh0123456789xyz"},
        "https://plausible.io/js/pa-AbCdEfGh0123456789xyz.js",
        {"plausible": {"is": "function", "q": [], "o": {}}},
        "github.com/plausible/analytics, tracker/src/plausible.js; github.com/plausible/docs/pull/629",
    ),
    Shape(
        "criteo",
        "criteo",
        {"account": "12345"},
        "https://dynamic.criteo.com/js/ld/ld.js?a=12345",
        {"criteo_q": [{"event": "setAccount", "account": "12345"}, {"event": "viewPage"}]},
        TARTE.format("criteo"),
    ),
    Shape(
        "taboola",
        "taboola",
        {"account": "1234567"},
        "https://cdn.taboola.com/libtrc/unip/1234567/tfa.js",
        {"_tfa": [{"notify": "event", "name": "page_view", "id": "1234567"}]},
        "github.com/sahava/GoogleTagManagerTemplates, Taboola",
    ),
    Shape(
        "outbrain",
        "outbrain-amplify",
        {"marketer_id": OUTBRAIN},
        "https://amplify.outbrain.com/cp/obtp.js",
        {
            "obApi": {
                "is": "function",
                "version": "1.1",
                "loaded": True,
                "marketerId": OUTBRAIN,
                "queue": raw(["track", "PAGE_VIEW"]),
            }
        },
        TARTE.format("outbrainamplify"),
        "dispatch",
        "obApi('track', 'Lead')",
    ),
    Shape(
        "optimizely",
        "optimizely",
        {"project_id": "12345678901"},
        "https://cdn.optimizely.com/js/12345678901.js",
        {},
        "docs.developers.optimizely.com/web/docs",
    ),
    Shape(
        "trustpilot",
        "trustpilot",
        {},
        "https://widget.trustpilot.com/bootstrap/v5/tp.widget.bootstrap.min.js",
        {},
        TARTE.format("trustpilot"),
    ),
    Shape(
        "google-recaptcha",
        "recaptcha",
        {"site_key": "6L00000000000000000000000000000000000000"},
        "https://www.google.com/recaptcha/api.js?render=6L00000000000000000000000000000000000000",
        {},
        "developers.google.com/recaptcha/docs/v3",
    ),
    Shape(
        "google-maps",
        "google-maps-api",
        {"key": "AIza00000000000000000000000000000000000", "callback": "initMap"},
        "https://maps.googleapis.com/maps/api/js?loading=async&key=AIza00000000000000000000000000000000000&callback=initMap",
        {},
        "developers.google.com/maps/documentation/javascript/load-maps-js-api",
    ),
]
"""All tags except those with a library on npm and those that load no code (videos, VWO)."""
