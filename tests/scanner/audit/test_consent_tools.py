"""Other consent tools and anti-flicker snippets are recognized by what they put into a page, and never falsely."""

import pytest

from consent.classifier.recognition.consent_tools import consent_tools, is_consent_tool
from consent.scanner.health.html_elements import read_parts
from consent.scanner.health.other_consent_tools import HIDING, hiders_in, tools_in
from tests.scanner.snippets import LOOK_ALIKES, SNIPPETS, inline

PAGE = "https://www.shop.example/"


def source(address: str) -> str:
    """Return a script with that address."""
    return f'<script src="{address}"></script>'


TOOLS = {
    "OneTrust": source("https://cdn.cookielaw.org/scripttemplates/otSDKStub.js"),
    "Cookiebot": '<script id="Cookiebot" src="https://consent.cookiebot.com/uc.js" data-cbid="x"></script>',
    "Usercentrics": source("https://app.usercentrics.eu/browser-ui/latest/loader.js"),
    "CookieYes": source("https://cdn-cookieyes.com/client_data/0123/script.js"),
    "consentmanager": source("https://cdn.consentmanager.net/delivery/autoblocking/1.js"),
    "iubenda": inline("var _iub=_iub||[];_iub.csConfiguration={siteId:1};") + source("//cs.iubenda.com/iubenda_cs.js"),
    "Termly": source("https://app.termly.io/resource-blocker/x?autoBlock=on"),
    "Cookie-Script": source("//cdn.cookie-script.com/s/0123.js"),
    "Osano": source("https://cmp.osano.com/a/b/osano.js"),
    "TrustArc": source("//consent.trustarc.com/notice?domain=shop.example"),
    "Quantcast and InMobi Choice": inline("s.src='https://cmp.inmobi.com/choice/x/shop.example/choice.js'"),
    "Didomi": inline("window.didomiConfig={};s.src='https://sdk.privacy-center.org/x/loader.js'"),
    "Axeptio": inline("window.axeptioSettings={clientId:'x'};t.src='//static.axept.io/sdk.js'"),
    "klaro": source("/js/klaro.js"),
    "orejime": source("https://cdn.jsdelivr.net/npm/orejime@3/dist/orejime-standard-en.js"),
    "vanilla-cookieconsent": source("https://cdn.jsdelivr.net/gh/orestbida/cookieconsent@3.0.1/dist/cookieconsent.umd.js"),
    "tarteaucitron": source("/tarteaucitron/tarteaucitron.min.js") + inline("tarteaucitron.init({})"),
    "Complianz": source("/wp-content/plugins/complianz-gdpr/cookiebanner/js/complianz.min.js"),
    "Borlabs Cookie": source("/wp-content/plugins/borlabs-cookie/assets/javascript/borlabs-cookie.min.js"),
    "Cookie Notice": source("/wp-content/plugins/cookie-notice/js/front.min.js"),
    "Real Cookie Banner": source("/wp-content/plugins/real-cookie-banner/public/dist/banner.lite.js"),
    "Cookie Consent of Insites and Osano": source("https://cdnjs.cloudflare.com/ajax/libs/cookieconsent2/3.1.1/cookieconsent.min.js")
    + inline("window.cookieconsent.initialise({})"),
    "Cookie Information": source("https://policy.app.cookieinformation.com/uc.js"),
    "CookieFirst": source("https://consent.cookiefirst.com/sites/shop.example-1/consent.js"),
    "CookieHub": source("https://cdn.cookiehub.eu/c2/0123.js"),
    "Sourcepoint": source("https://cdn.privacy-mgmt.com/unified/wrapperMessagingWithoutDetection.js"),
    "Ketch": inline("ketch('init');") + source("https://global.ketchcdn.com/web/v3/config/x/y/boot.js"),
    "Transcend": source("https://transcend-cdn.com/cm/0123/airgap.js"),
    "Silktide": source("/silktide-consent-manager.js"),
    "c15t": source("https://cdn.jsdelivr.net/npm/@c15t/react/dist/c15t.js"),
    "Civic Cookie Control": source("https://cc.cdn.civiccomputing.com/9/cookieControl-9.x.min.js"),
    "Cookie Law Info": source("/wp-content/plugins/cookie-law-info/legacy/public/js/cookie-law-info-public.js"),
    "GDPR Cookie Compliance of Moove": source("/wp-content/plugins/gdpr-cookie-compliance/dist/scripts/main.js"),
    "Commanders Act TrustCommander": source("https://cdn.trustcommander.net/privacy/1/privacy_v2_1.js"),
    "Crownpeak and Evidon": source("//c.evidon.com/sitenotice/evidon-sitenotice-tag.js"),
    "Google Funding Choices": source("https://fundingchoicesmessages.google.com/i/pub-1?ers=1"),
    "Sirdata": source("https://cache.consentframework.com/js/pa/1/c/x/stub"),
    "Securiti": source("https://cdn-prod.securiti.ai/consent/cookie-consent-sdk-loader.js"),
    "Enzuzo": source("https://app.enzuzo.com/apps/enzuzo/static/js/__enzuzo-cookiebar.js?uuid=1"),
    "Clickio": source("https://clickiocmp.com/t/consent_1.js"),
    "CookieTractor": source("https://cdn.cookietractor.com/cookietractor.js"),
    "Secure Privacy": source("https://app.secureprivacy.ai/script/0123.js"),
    "Consent Studio": source("https://consent.studio/shop.example/banner.js"),
    "Metomic": source("https://consent-manager.metomic.io/embed.js"),
    "TermsFeed and its sisters": source("https://www.termsfeed.com/public/cookie-consent/4.1.0/cookie-consent.js"),
    "UniConsent": source("https://cmp.uniconsent.com/v2/0123/cmp.js"),
    "Gatekeeper Consent of Ezoic": source("https://cmp.gatekeeperconsent.com/min.js"),
    "Truendo": source("https://cdn.priv.center/pc/truendo_cmp.pid.js"),
    "CCM19": source("https://cloud.ccm19.de/app.js?apiKey=1&domain=2"),
    "Legal Monster": inline("s.src='https://widgets.legalmonster.com/v1/legal.js'"),
    "AdOpt": source("https://tag.goadopt.io/injector.js?website_code=1"),
    "LiveRamp Privacy Manager": source("https://gdpr.privacymanager.io/1/gdpr.bundle.js"),
    "illow": source("https://platform.illow.io/banner.js?siteId=1"),
    "WP Cookie Consent": source("/wp-content/plugins/gdpr-cookie-consent/public/js/gdpr-cookie-consent-public.js"),
    "Finsweet Cookie Consent": source("https://cdn.jsdelivr.net/npm/@finsweet/cookie-consent@1/fs-cc.js"),
    "Pandectes": source("https://shop.pandectes.io/pandectes-core.js"),
}  # fmt: skip
HIDERS = {
    "Google Optimize": "<style>.async-hide { opacity: 0 !important }</style>",
    "VWO": inline("window._vwo_code||(function(){var hide_element='body',hide_element_style='opacity:0'})()"),
    "AB Tasty": inline(
        "(function(i,s,o,g,r,a,m){i.abtasty_hide=1;s.body.style.opacity=0;/*abtasty*/ i['abtasty']='visibility'})()"
    ),
    "Convert": "<style id='convert_hide_body'>body{display:none}</style>" + inline("var convert_hide_body=1"),
    "Optimizely": "<style>.optimizely-hide{visibility:hidden}</style>",
    "Kameleoon": inline("var kameleoonLoadingTimeout=1000;window.kameleoonQueue=[];"),
    "Adobe Target": inline(
        "(function(g,b,d,f){a.id='at-body-style'})(window,document,'body {opacity: 0 !important}',3E3)"
    ),
}


def parts_of(html: str) -> list[str]:
    return list(tools_in(read_parts(PAGE, html).parts, {}))


def test_each_tool_of_the_list_is_tried() -> None:
    assert set(TOOLS) == set(consent_tools())
    assert set(HIDERS) == set(HIDING)


@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_is_called_by_its_name_alone(name: str) -> None:
    assert parts_of(TOOLS[name]) == [name]


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://cookie-cdn.cookiepro.com/scripttemplates/otSDKStub.js", "OneTrust"),
        ("https://consent.cookiebot.eu/uc.js", "Cookiebot"),
        ("https://web.cmp.usercentrics.eu/ui/loader.js", "Usercentrics"),
        ("https://cs.iubenda.com/autoblocking/1.js", "iubenda"),
        ("https://embeds.iubenda.com/widgets/0123.js", "iubenda"),
        ("https://consent.truste.com/notice?domain=shop.example", "TrustArc"),
        ("https://tarteaucitron.io/load.js?domain=www.shop.example&uuid=1", "tarteaucitron"),
        ("/assets/cookieconsent.umd.js", "vanilla-cookieconsent"),
        ("https://policy.cookieinformation.com/uc.js", "Cookie Information"),
    ],
)
def test_a_tool_is_known_at_each_of_its_hosts(address: str, name: str) -> None:
    assert parts_of(source(address)) == [name]


def test_the_sites_own_files_tell_a_tool_by_the_call_that_starts_it() -> None:
    parts = read_parts(PAGE, '<script type="module" src="/js/choices.js"></script>').parts
    codes = {
        "CookieConsent.run({categories: {}})": ["vanilla-cookieconsent"],
        "/* CookieConsent.run({}) */ if (window.OptanonWrapper || window.didomiConfig) wait()": [],
    }
    for code, names in codes.items():
        assert list(tools_in(parts, {PAGE + "js/choices.js": code})) == names


@pytest.mark.parametrize(
    "address",
    [
        "https://privacyportal-cdn.onetrust.com/privacy-notice-scripts/otnotice-1.0.min.js",
        "https://cdn.iubenda.com/iubenda.js",
    ],
)
def test_a_policy_of_a_tools_maker_is_no_banner(address: str) -> None:
    assert parts_of(source(address)) == []


def test_the_script_of_a_tool_is_no_tag() -> None:
    assert is_consent_tool("https://cdn.cookielaw.org/scripttemplates/otSDKStub.js")
    assert not is_consent_tool("https://connect.facebook.net/en_US/fbevents.js")


def test_no_vendor_is_taken_for_a_consent_tool() -> None:
    for html in [*(snippet.html for snippet in SNIPPETS.values()), *LOOK_ALIKES.values()]:
        assert parts_of(html) == []


@pytest.mark.parametrize("name", HIDERS)
def test_what_hides_a_page_is_named(name: str) -> None:
    assert list(hiders_in(read_parts(PAGE, HIDERS[name]).parts)) == [name]


def test_a_tag_that_hides_nothing_is_no_anti_flicker_snippet() -> None:
    quiet = [one.html for name, one in SNIPPETS.items() if name != "VWO"]
    for html in [*quiet, *(html for name, html in LOOK_ALIKES.items() if "anti-flicker" not in name)]:
        assert list(hiders_in(read_parts(PAGE, html).parts)) == []
