"""Read a setup of tarteaucitron: the services that its pages start, with the ids they are given."""

import re
from typing import Any, NamedTuple

from consent.core.translatable import translatable
from consent.sites.moving.script_literals import Code, objects_in, values_at
from consent.sites.moving.setup import Piece, Service, Setup, cookie_names, text_of

JOB = re.compile(r"tarteaucitron\.job\s*(?:\|\|\s*\[\s*\]\s*\)\s*)?\.push\(\s*[\"']([A-Za-z0-9_]{1,60})[\"']")
USER = re.compile(r"tarteaucitron\.user\.([A-Za-z0-9_]{1,60})\s*=(?!=)")
OWN = re.compile(r"tarteaucitron\.services\.([A-Za-z0-9_]{1,60})\s*=(?!=)")
INIT = re.compile(r"tarteaucitron\.init\(")
MORE = re.compile(r"\w*(More|Prepare|Create)\Z")
LIFE = 365


class Product(NamedTuple):
    """A vendor of the catalog with its tag; `parameters` maps our names to tarteaucitron's variables."""

    vendor: str
    template: str
    parameters: dict[str, str]


PRODUCTS = {
    "gtag": Product("google-analytics", "ga4", {"measurement_id": "gtagUa"}),
    "googletagmanager": Product("google-tag-manager", "gtm", {"container_id": "googletagmanagerId"}),
    "googleads": Product("google-ads", "google-ads", {"conversion_id": "googleadsId"}),
    "adsenseauto": Product("google-adsense", "adsense", {"publisher": "adsensecapub"}),
    "matomo": Product("matomo", "matomo", {"host": "matomoHost", "site_id": "matomoId"}),
    "matomohightrack": Product("matomo", "matomo", {"host": "matomoHost", "site_id": "matomoId"}),
    "matomocloud": Product("matomo", "matomo-cloud", {"account": "matomoHost", "site_id": "matomoId"}),
    "hotjar": Product("hotjar", "hotjar", {"site_id": "hotjarId"}),
    "clarity": Product("microsoft-clarity", "clarity", {"project_id": "clarity"}),
    "facebookpixel": Product("meta-pixel", "meta-pixel", {"pixel_id": "facebookpixelId"}),
    "linkedininsighttag": Product("linkedin-insight", "linkedin-insight", {"partner_id": "linkedininsighttag"}),
    "bingads": Product("microsoft-ads", "uet", {"tag_id": "bingadsID"}),
    "tiktok": Product("tiktok-pixel", "tiktok-pixel", {"pixel_id": "tiktokId"}),
    "pinterestpixel": Product("pinterest-tag", "pinterest-tag", {"tag_id": "pinterestpixelId"}),
    "snapchat": Product("snapchat-pixel", "snap-pixel", {"pixel_id": "snapchatId"}),
    "twitteruwt": Product("x-ads", "x-ads", {"pixel_id": "twitteruwtId"}),
    "criteoonetag": Product("criteo", "criteo", {"account": "criteoonetagAccount"}),
    "plausible": Product("plausible", "plausible", {"domain": "plausibleDomain"}),
    "crisp": Product("crisp", "crisp", {"website_id": "crispID"}),
    "intercomChat": Product("intercom", "intercom", {"app_id": "intercomKey"}),
    "tawkto": Product("tawk-to", "tawk-to", {"property": "tawktoId", "widget": "tawktoWidgetId"}),
    "zopim": Product("zendesk-chat", "zopim", {"key": "zopimID"}),
    "userlike": Product("userlike", "userlike", {"key": "userlikeKey"}),
    "hubspot": Product("hubspot", "hubspot", {"hub_id": "hubspotId"}),
    "abtasty": Product("ab-tasty", "ab-tasty", {"id": "abtastyID"}),
    "clicky": Product("clicky", "clicky", {"site_id": "clickyId"}),
    "contentsquare": Product("contentsquare", "contentsquare", {"tag_id": "contentsquareID"}),
    "etracker": Product("etracker", "etracker", {"secure_code": "etracker"}),
    "klaviyo": Product("klaviyo", "klaviyo", {"company": "klaviyoCompanyId"}),
    "sendinblue": Product("brevo", "brevo", {"client_key": "sendinblueKey"}),
    "leadforensics": Product("lead-forensics", "lead-forensics", {"id": "leadforensicsId"}),
    "plezi": Product("plezi", "plezi", {"tenant": "pleziTenant", "tw": "pleziTw"}),
    "faciliti": Product("faciliti", "faciliti", {"id": "facilitiID"}),
    "outbrainamplify": Product("outbrain", "outbrain-amplify", {"marketer_id": "outbrainamplifyId"}),
    "weply": Product("weply", "weply", {"id": "weplyId"}),
    "kompass": Product("kompass", "kompass", {"id": "kompassId"}),
    "actistat": Product("actistat", "actistat", {"website_id": "actistatId"}),
}
"""By service of tarteaucitronjs 1.34.0: the same product here, loaded with the same id."""
FRAMES = {
    "youtube": "youtube",
    "youtubeplaylist": "youtube",
    "vimeo": "vimeo",
    "dailymotion": "dailymotion",
    "googlemapsembed": "google-maps",
    "disqus": "disqus",
    "spotify": "spotify",
    "soundcloud": "soundcloud",
    "slideshare": "slideshare",
    "recaptcha": "google-recaptcha",
    "multiplegtag": "google-analytics",
    "analytics": "google-analytics",
}
"""Vendors of services that the page places: their frame stays in the page, or their code has no equivalent tag."""
EARLY = ("gtag", "multiplegtag", "googletagmanager", "multiplegoogletagmanager", "googleads")
"""What 1.34.0 loads before visitors answer unless configured otherwise, with Google's Consent Mode all denied."""


def read_tarteaucitron(code: str) -> Setup | None:
    """Return the setup in `code`, or None if it doesn't start tarteaucitron."""
    if not INIT.search(code) and not JOB.search(code):
        return None
    user, left = _variables(code)
    own = _own_services(code)
    started = list(dict.fromkeys(JOB.findall(code)))
    services = [own[name] if name in own else _service(name, user) for name in started]
    left += [
        translatable(f"{own[name].title or name} was loaded by custom code. Compare what its tag does here.")
        for name in started
        if name in own and own[name].pieces
    ]
    options: dict[str, Any] = next(
        (one for one in objects_in(code) if "privacyUrl" in one or "hashtag" in one or "orientation" in one), {}
    )
    if options.get("googleConsentMode") is not False and options.get("softConsentMode") is not True:
        early = [name for name in started if name in EARLY]
        left += [
            translatable(f"{name} was loaded before a choice (googleConsentMode). Here it waits until it is granted.")
            for name in early
        ]
    if options.get("highPrivacy") is False:
        left.append(
            translatable(
                "Tags ran before a choice (highPrivacy: false). Here the rules of the visitor's place decide when they"
                " may run."
            )
        )
    language = re.search(r"tarteaucitronForceLanguage\s*=\s*[\"']([a-z]{2})[\"']", code)
    return Setup(
        "tarteaucitron",
        services,
        text_of(options.get("cookieName")),
        LIFE,
        0,
        text_of(options.get("privacyUrl")),
        language[1] if language else "",
        {},
        tuple(left),
    )


def _service(name: str, user: dict[str, str]) -> Service:
    product = PRODUCTS.get(name)
    if product is None:
        return Service(name, in_page=name in FRAMES, vendor=FRAMES.get(name, ""))
    given = {name: user[variable] for name, variable in product.parameters.items() if variable in user}
    return Service(
        name, in_page=False, vendor=product.vendor, template=product.template, parameters=_normalized_ids(name, given)
    )


def _own_services(code: str) -> dict[str, Service]:
    """Return the site's custom services by name; `js` is the code that loads them."""
    matches = list(OWN.finditer(code))
    values = values_at(code, [match.end() for match in matches])
    return {match[1]: _own_service(match[1], value) for match, value in zip(matches, values, strict=True)}


def _own_service(name: str, value: Any) -> Service:
    facts = value if isinstance(value, dict) else {}
    loads = facts.get("js")
    return Service(
        name,
        title=text_of(facts.get("name")),
        words=tuple(filter(None, [text_of(facts.get("type"))])),
        cookies=cookie_names(facts.get("cookies")),
        is_required=facts.get("needConsent") is False,
        in_page=False,
        pieces=(Piece("script", "", str(loads), {}),) if isinstance(loads, Code) else (),
    )


def _normalized_ids(name: str, given: dict[str, str]) -> dict[str, str]:
    """Return ids in the form that our tags use; tarteaucitron takes Matomo's host as a URL."""
    if "matomo" in name:
        for field in ("host", "account"):
            if field in given:
                host = re.sub(r"^(https?:)?//", "", given[field]).strip("/")
                given[field] = host.partition(".")[0] if field == "account" else host
    return given


def _variables(code: str) -> tuple[dict[str, str], list[str]]:
    """Return the values assigned to `tarteaucitron.user`, and a sentence for each that is code."""
    user: dict[str, str] = {}
    left = []
    matches = list(USER.finditer(code))
    for match, value in zip(matches, values_at(code, [match.end() for match in matches]), strict=True):
        if isinstance(value, Code) or not isinstance(value, str | int):
            name = match[1]
            left.append(
                translatable(f"tarteaucitron.user.{name} is more than an ID, so it is not imported.")
                if MORE.fullmatch(name)
                else translatable(f"tarteaucitron.user.{name} is computed by code, which is not imported.")
            )
        else:
            user[match[1]] = str(value).strip()[:300]
    return user, list(dict.fromkeys(left))
