"""Other consent tools' configurations become drafts with a report, and nothing in their files is run."""

import json

import pytest

from consent.classifier.catalog import VENDORS, fill, load_catalog
from consent.presentation.dashboard_texts import TRANSLATED, translate
from consent.sites.draft import add_tag, new_draft
from consent.sites.moving.old_choices import uncovered_tags
from consent.sites.moving.read_setup import read_setup
from consent.sites.moving.script_literals import Code, Pattern, objects_in
from consent.sites.moving.setup import MAX_BYTES, ImportFileError
from consent.sites.moving.take_setup import take_setup

pytestmark = pytest.mark.attack

ONETRUST = "https://cdn.cookielaw.org/scripttemplates/otSDKStub.js"
GTAG = "https://www.googletagmanager.com/gtag/js?id=G-ABCDEFG123"
PIXEL = """!function(f,b,e,v,n,t,s){n=f.fbq=function(){}}(window,document,'script',
'https://connect.facebook.net/en_US/fbevents.js');fbq('init','123456789012345');fbq('track','PageView');"""
HOTJAR = """<script>(function(h,o,t,j,a,r){h.hj=h.hj||function(){(h.hj.q=h.hj.q||[]).push(arguments)};
h._hjSettings={hjid:1234567,hjsv:6};a=o.getElementsByTagName('head')[0];r=o.createElement('script');r.async=1;
r.src=t+h._hjSettings.hjid+j+h._hjSettings.hjsv;a.appendChild(r);
})(window,document,'https://static.hotjar.com/c/hotjar-','.js?sv=');</script>"""
KLARO = """<!doctype html><script>
// the config
var klaroConfig = {
  storageName: 'consent', cookieExpiresAfterDays: 90, privacyPolicy: '/privacy',
  translations: {
    en: { consentNotice: { description: 'We like cookies.' }, ok: "Fine", decline: 'No' }, xx: { ok: 'y' } },
  services: [
    { name: 'hotjar', purposes: ['analytics'], cookies: [/^_hj/], callback: function (yes) { eval("}]") } },
    { name: 'fb', title: 'Facebook Pixel', purposes: ['functional'], cookies: ['_fbp'] },
    { name: 'basket', purposes: ['core'], required: true },
    { name: 'own-thing', purposes: ['analytics'] },
  ],
};</script><script defer src="/klaro.js"></script>
<script type="text/plain" data-type="application/javascript" data-name="hotjar"
  data-src="https://static.hotjar.com/c/hotjar-1234567.js?sv=6"></script>"""
OREJIME = """<script>Orejime.init({
  privacyPolicyUrl: 'https://www.example.com/privacy', cookie: {name: 'cookies', duration: 180},
  purposes: [{id: 'core', isMandatory: true}, {id: 'all', title: 'All', purposes: [
    {id: 'stats', title: 'Statistics'}, {id: 'ads', title: 'Ads', cookies: ['_fbp'], isExempt: false},
    {id: 'own', title: 'Own', isExempt: true}]}]});</script>
<template data-purpose="stats"><script async src="G-TAG"></script></template>""".replace("G-TAG", GTAG)
VANILLA = f"""<script>CookieConsent.run({{cookie: {{name: 'cc'}}, revision: 3, onConsent: ({{cookie}}) => {{}},
  categories: {{necessary: {{readOnly: true}},
  analytics: {{services: {{ga4: {{label: 'Google Analytics', onAccept() {{}}}}}}}},
  ads: {{enabled: true}}}}, language: {{default: 'en', translations: {{en: {{consentModal: {{title: 'Cookies',
  description: 'See <a href="/x">more</a>', acceptAllBtn: 'Yes to all', acceptNecessaryBtn: 'No to all'}}}}}}}}}});</script>
<script type="text/plain" data-category="analytics" data-service="ga4" data-src="{GTAG}"></script>
<script type="text/plain" data-category="ads">{PIXEL}</script>"""
VANILLA_2 = """var cc = initCookieConsent(); cc.run({current_lang: 'en', cookie_name: 'cc_cookie', languages: {en: {
  consent_modal: {title: 'Cookies', primary_btn: {text: 'Accept'}}, settings_modal: {blocks: [
  {title: 'Intro'},
  {title: 'Statistics', toggle: {value: 'analytics'}, cookie_table: [{col1: '^_ga'}, {col1: '_gid'}]}]}}}})"""
TARTEAUCITRON = """tarteaucitron.init({"privacyUrl": "", "cookieName": "tac", "highPrivacy": false});
tarteaucitron.user.gtagUa = 'G-ABCDEFG123'; tarteaucitron.user.gtagMore = function () { alert(1) };
(tarteaucitron.job = tarteaucitron.job || []).push('gtag'); tarteaucitron.user.matomoId = 3;
tarteaucitron.user.matomoHost = '//stats.example.com/'; (tarteaucitron.job = tarteaucitron.job || []).push('matomo');
(tarteaucitron.job = tarteaucitron.job || []).push('facebookpixel');
(tarteaucitron.job = tarteaucitron.job || []).push('vshop');
(tarteaucitron.job = tarteaucitron.job || []).push('youtube');"""
COOKIEBOT = f"""<html><script id="Cookiebot" src="https://consent.cookiebot.com/uc.js" data-cbid="x"></script>
<script type="text/plain" data-cookieconsent="statistics" src="{GTAG}"></script>
<script type="text/plain" data-cookieconsent="ignore" src="/own.js"></script>
<iframe data-cookieblock-src="https://www.youtube-nocookie.com/embed/x" data-cookieconsent="marketing"></iframe>"""
CONTAINER = json.dumps({"exportFormatVersion": 2, "containerVersion": {
    "tag": [
        {"name": "Google", "type": "googtag", "parameter": [{"key": "tagId", "value": "{{id}}", "type": "TEMPLATE"}]},
        {"name": "Heat", "type": "html", "parameter": [{"key": "html", "value": HOTJAR}]},
        {"name": "Ads", "type": "awct", "parameter": [{"key": "conversionId", "value": "{{look-up}}"}]},
        {"name": "Event", "type": "gaawe", "parameter": []},
        {"name": "Old", "type": "ua", "paused": True},
        {"name": "Own", "type": "cvt_1_2"},
        {"name": "Banner", "type": "html", "parameter": [{"key": "html", "value": f"<script src={ONETRUST}></script>"}]},
    ],
    "variable": [{"name": "id", "type": "c", "parameter": [{"key": "value", "value": "G-ABCDEFG123"}]}],
}})  # fmt: skip


def in_container(*triggers, **facts):
    """Return the draft's part for one tag in a container that fires on `triggers`."""
    listed = [one | {"triggerId": str(number), "name": "T"} for number, one in enumerate(triggers)]
    tag = {"name": "Heat", "type": "html", "parameter": [{"key": "html", "value": HOTJAR}]}
    tag |= {"firingTriggerId": [one["triggerId"] for one in listed]} | facts
    version = {"tag": [tag], "trigger": listed}
    return taken(json.dumps({"exportFormatVersion": 2, "containerVersion": version}))


def condition(kind: str, variable: str, value: str):
    values = {"arg0": f"{{{{{variable}}}}}", "arg1": value}
    return {
        "type": kind,
        "parameter": [{"type": "TEMPLATE", "key": key, "value": text} for key, text in values.items()],
    }


def settings(**values: str):
    return [{"type": "TEMPLATE", "key": key, "value": value} for key, value in values.items()]


CLICK = {"type": "CLICK", "filter": [condition("CSS_SELECTOR", "Click Element", "#buy, #buy *")]}
SCROLL = {"verticalThresholdOn": "true", "verticalThresholdUnits": "PERCENT", "horizontalThresholdOn": "false"}
ANYWHERE = [condition("MATCH_REGEX", "Page URL", ".*")]
TIMER = {"type": "TIMER", "interval": {"value": "20000"}, "limit": {"value": "1"}, "eventName": {"value": "gtm.timer"}}
EXACT = {
    "all pages": ([{"type": "PAGEVIEW"}], None),
    "a click by a selector": ([CLICK], {"on": "click", "selector": "#buy, #buy *"}),
    "a click by an id": (
        [{"type": "CLICK", "filter": [condition("EQUALS", "Click ID", "buy")]}],
        {"on": "click", "selector": "#buy"},
    ),
    "a link by a part of its classes": (
        [
            {
                "type": "LINK_CLICK",
                "filter": [condition("CONTAINS", "Click Classes", "cta")],
                "autoEventFilter": ANYWHERE,
            }
        ],
        {"on": "click", "selector": 'a[href][class*="cta"]'},
    ),
    "either of two clicks": (
        [CLICK, {"type": "CLICK", "filter": [condition("EQUALS", "Click ID", "cart")]}],
        {"on": "click", "selector": "#buy, #buy *, #cart"},
    ),
    "every form": ([{"type": "FORM_SUBMISSION"}], {"on": "submit", "selector": "form"}),
    "an element in view": (
        [
            {
                "type": "ELEMENT_VISIBILITY",
                "parameter": settings(selectorType="ID", elementId="p", firingFrequency="ONCE"),
            }
        ],
        {"on": "visible", "selector": "#p", "percent": 50},
    ),
    "a scroll depth": (
        [{"type": "SCROLL_DEPTH", "parameter": settings(verticalThresholdsPercent="75", **SCROLL)}],
        {"on": "scroll", "percent": 75},
    ),
    "a timer": ([TIMER], {"on": "time", "seconds": 20}),
    "a custom event": (
        [{"type": "CUSTOM_EVENT", "customEventFilter": [condition("EQUALS", "_event", "purchase")]}],
        {"on": "data_layer", "name": "purchase"},
    ),
}
INEXACT = {
    "some pages": [{"type": "PAGEVIEW", "filter": [condition("CONTAINS", "Page Path", "/blog")]}],
    "a text of a button": [{"type": "CLICK", "filter": [condition("EQUALS", "Click Text", "Buy")]}],
    "no selector": [{"type": "CLICK", "filter": [condition("CSS_SELECTOR", "Click Element", "#buy{")]}],
    "a variable": [{"type": "CLICK", "filter": [condition("CSS_SELECTOR", "Click Element", "{{Button}}")]}],
    "several depths": [{"type": "SCROLL_DEPTH", "parameter": settings(verticalThresholdsPercent="25,50", **SCROLL)}],
    "a timer that goes on": [TIMER | {"limit": {"value": "5"}}],
    "events by a pattern": [
        {"type": "CUSTOM_EVENT", "customEventFilter": [condition("MATCH_REGEX", "_event", "purch.*")]}
    ],
    "a click or a timer": [CLICK, TIMER],
    "a video": [{"type": "YOU_TUBE_VIDEO"}],
}


def taken(text: str):
    draft = new_draft("shop", ["https://www.example.com"])
    return take_setup(draft, read_setup(text.encode()), load_catalog(VENDORS))


def tags_of(done):
    return {tag["id"]: (tag["group"], tag.get("in_page", False)) for tag in done.draft["tags"]}


def says(sentences, *words):
    return any(all(word in sentence for word in words) for sentence in sentences)


def test_klaros_services_are_tags_and_what_is_code_is_left_out():
    done = taken(KLARO)
    assert tags_of(done) == {"hotjar": ("analytics", True), "meta-pixel": ("advertising", True)}
    hotjar = next(tag for tag in done.draft["tags"] if tag["id"] == "hotjar")
    assert hotjar["parameters"] == {"site_id": "1234567"}
    assert done.draft["overrides"]["foreign_marks"]
    assert done.draft["controller"]["policy_url"] == "https://www.example.com/privacy"
    own = {"text": "We like cookies.", "accept_all": "Fine", "reject_all": "No"}
    assert done.draft["texts"]["languages"] == {"en": own}
    report = done.report
    assert says(report.guessed, "Facebook Pixel", "Meta Pixel")
    assert says(report.undecided, "was in functional", "advertising")
    assert says(report.undecided, "own-thing", "analytics")
    assert says(report.left, "hotjar runs code")
    assert says(report.left, "language xx")
    names = {"hotjar": "vendor:hotjar", "fb": "vendor:meta-pixel", "own-thing": "analytics"}
    mapping = {"tool": "klaro", "cookie": "consent", "categories": names, "vendors": ["hotjar", "meta-pixel"]}
    assert done.mapping == mapping | {"delete": False, "life": 90}


KLARO_YOUTUBE = "var klaroConfig = {services: [{name: 'youtube', purposes: ['marketing']}]}"


@pytest.mark.parametrize(
    ("present", "vendor", "tags"),
    [
        ([], "youtube-cookies", ["youtube"]),
        (["youtube-cookies"], "youtube-cookies", ["youtube"]),
        (["youtube"], "youtube", ["youtube-nocookie"]),
        (["youtube", "youtube-cookies"], "youtube-cookies", ["youtube-nocookie", "youtube"]),
    ],
)
def test_a_name_of_two_vendors_is_the_one_in_the_draft_or_else_the_stricter(present, vendor, tags):
    catalog, draft = load_catalog(VENDORS), new_draft("shop", ["https://www.example.com"])
    for one in map(catalog.vendor, present):
        draft = add_tag(draft, one, one.tags[0].id, fill(one.tags[0], {}), {})
    done = take_setup(draft, read_setup(KLARO_YOUTUBE.encode()), catalog)
    assert [tag["id"] for tag in done.draft["tags"]] == tags
    assert done.mapping["categories"] == {"youtube": f"vendor:{vendor}"}


def test_a_tag_that_needs_consent_is_covered_by_its_vendor_or_by_its_group_and_its_name_in_the_old_banner():
    tags = taken(KLARO).draft
    hotjar, pixel = (tag["name"] for tag in tags["tags"])
    assert uncovered_tags(tags, {"vendor:hotjar"}, ()) == [pixel]
    assert uncovered_tags(tags, {"vendor:hotjar", "advertising"}, ()) == [pixel]
    assert uncovered_tags(tags, {"vendor:hotjar", "advertising"}, ("meta-pixel",)) == []
    assert uncovered_tags(tags, {"analytics"}, ("hotjar", "meta-pixel")) == [pixel]
    assert uncovered_tags(tags, {"essential"}, ("hotjar",)) == [hotjar, pixel]
    tags["tags"][0] |= {"enabled": False}
    tags["tags"][1] |= {"group": "essential"}
    assert uncovered_tags(tags, (), ()) == []


def test_orejimes_purposes_are_read_with_what_their_templates_hold():
    done = taken(OREJIME)
    assert tags_of(done) == {"ga4": ("analytics", True), "meta-pixel": ("advertising", True)}
    assert done.mapping["categories"] == {"stats": "vendor:google-analytics", "ads": "vendor:meta-pixel"}
    assert (done.mapping["cookie"], done.mapping["life"]) == ("cookies", 180)
    assert says(done.report.undecided, "own was exempt")


def test_vanilla_cookieconsents_categories_are_groups():
    done = taken(VANILLA)
    assert tags_of(done) == {"ga4": ("analytics", True), "meta-pixel": ("advertising", True)}
    assert done.mapping["categories"] == {
        "ads": "advertising",
        "analytics": "analytics",
        "analytics:ga4": "vendor:google-analytics",
    }
    assert (done.mapping["cookie"], done.mapping["revision"]) == ("cc", 3)
    assert done.draft["texts"]["languages"]["en"] == {
        "title": "Cookies",
        "accept_all": "Yes to all",
        "reject_all": "No to all",
    }
    assert says(done.report.left, "ga4 runs code")
    assert says(done.report.left, "ads was on before a choice")


def test_its_second_version_is_read_too():
    done = taken(VANILLA_2)
    assert tags_of(done) == {"ga4": ("analytics", True)}
    assert says(done.report.guessed, "Recognized by cookies: ")


def test_tarteaucitrons_services_are_loaded_by_the_same_ids():
    done = taken(TARTEAUCITRON)
    assert tags_of(done) == {
        "ga4": ("analytics", False),
        "matomo": ("analytics", False),
        "youtube-nocookie": ("functional", False),
    }
    loads = {tag["id"]: tag["load"]["src"] for tag in done.draft["tags"]}
    assert (loads["ga4"], "stats.example.com" in loads["matomo"]) == (GTAG, True)
    assert says(done.report.undecided, "facebookpixel", "pixel_id")
    assert says(done.report.left, "gtagMore")
    assert says(done.report.left, "vshop")
    assert says(done.report.left, "highPrivacy")
    assert says(done.report.left, "gtag was loaded before a choice (googleConsentMode)")
    for setting in ('"googleConsentMode": false', '"softConsentMode": true'):
        waits = taken(TARTEAUCITRON.replace('"cookieName"', f'{setting}, "cookieName"'))
        assert not says(waits.report.left, "was loaded before a choice")
    assert done.mapping["categories"]["gtag"] == "vendor:google-analytics"


OWN_SERVICES = """<script>tarteaucitron.init({});
  tarteaucitron.services.heat = {key: 'heat', type: 'analytic', name: 'Heat map', needConsent: true, cookies: ['_hjid'],
    js: function () { "use strict";
    window._hjSettings = {hjid: 1234567, hjsv: 6};
    tarteaucitron.addScript('https://static.hotjar.com/c/hotjar-1234567.js?sv=6'); }, fallback: function () {} };
  tarteaucitron.services.own = {"key": "own", "type": "ads", "name": "Own banner", "needConsent": true, "cookies": [],
    "js": function () { tarteaucitron.addScript('/own.js'); }};
  tarteaucitron.services.unused = {key: 'unused', js() { tarteaucitron.addScript('https://www.clarity.ms/tag/abcdefgh'); }};
  tarteaucitron.services.broken = {key: 'broken', js: function () { ;
  (tarteaucitron.job = tarteaucitron.job || []).push('heat'); tarteaucitron.job.push('own');
  tarteaucitron.job.push('broken');</script>"""


def test_tarteaucitrons_own_services_are_known_by_the_code_that_loads_them():
    done = taken(OWN_SERVICES)
    assert tags_of(done) == {"hotjar": ("analytics", False)}
    assert done.draft["tags"][0]["parameters"] == {"site_id": "1234567"}
    assert says(done.report.left, "Heat map was loaded by custom code")
    assert says(done.report.undecided, "Own banner", "catalog")
    assert done.mapping["categories"] == {"heat": "vendor:hotjar", "own": "advertising"}


def test_cookiebots_marks_are_known_by_what_they_hold():
    done = taken(COOKIEBOT)
    assert {vendor["id"] for vendor in done.draft["vendors"]} == {"google-analytics", "youtube"}
    assert done.mapping["categories"]["statistics"] == "analytics"
    assert says(done.report.left, "your Cookiebot account")


def test_a_containers_tags_have_their_ids_but_those_of_code():
    done = taken(CONTAINER)
    assert tags_of(done) == {"ga4": ("analytics", False), "hotjar": ("analytics", False)}
    assert done.mapping is None
    assert not done.draft["overrides"]["foreign_marks"]
    assert says(done.report.undecided, "Ads", "conversion_id")
    assert says(done.report.undecided, "Own is not in the catalog")
    for words in ("Event is an event", "Old is paused", "Banner starts the consent tool OneTrust"):
        assert says(done.report.left, words)


def test_a_second_import_adds_nothing_twice():
    first = taken(KLARO).draft
    again = take_setup(first, read_setup(KLARO.encode()), load_catalog(VENDORS))
    assert again.draft == first
    assert says(again.report.taken, "hotjar", "in the draft already")


def test_literals_are_read_and_code_is_kept_as_text():
    (found,) = objects_in(
        """x = {a: 1, 'b-c': "q" + 'r', d: /a\\/b/gi, e() { return {} }, f: [1, , -2.5], ...g, h: !0, i: `t`, j: `${k}`,
        /* } */ l: a ? {} : [], // }
        m: {n: null}, o: void 0, "\\u0070": '\\x41\\n', q: new RegExp('}')}"""
    )
    code = {name: found.pop(name) for name in ("e", "j", "l", "q")}
    assert all(isinstance(one, Code) for one in code.values())
    assert isinstance(found["d"], Pattern)
    assert found == {
        **{
            "a": 1,
            "b-c": "qr",
            "d": "a\\/b",
            "f": [1, None, -2.5],
            "h": True,
            "i": "t",
            "m": {"n": None},
            "o": None,
            "p": "A\n",
        }
    }


HOSTILE = [
    *(b"", b"hello", b"{}", b"[1]", b"<p>hi", b"\0", b"\xff\xfe", b'{"containerVersion":{"tag":3}}', b"{" * 1000),
    *(
        b"({" * 200_000,
        b"={a:" * 200_000,
        b"={" + b"a:'b'," * 150_000 + b"}",
        b'={"' + b'\\"' * 400_000,
        b"<a " * 300_000,
    ),
    *(
        b"={a:" + b"'x'+" * 200_000,
        b"={a:f(" + b"(/" * 300_000,
        b"<div>" * 190_000,
        b'{"a":' * 150_000,
        b"/*" * 400_000,
        b"x={" + b"/*" * 400_000 + b"*/",
        b"x={/*" * 190_000 + b"*/",
    ),
    b"x" * (MAX_BYTES + 1),
]


@pytest.mark.slow
@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_file_is_refused_by_one_sentence(data: bytes):
    with pytest.raises(ImportFileError) as refused:
        read_setup(data)
    assert "\n" not in str(refused.value)


MARKED = '<script type="text/plain" data-name="s%d" data-src="https://www.google-analytics.com/ga.js"></script>'
LARGE = [
    (b"<a><b>" * 100_000, "more than 50,000 elements"),
    (b"<p>" + b"<!---->" * 100_000, "too many comments"),
    ((MARKED % 1 * 8000).encode(), "more than 300 elements that wait"),
    (b'<script type=text/plain data-name=a>"' + b"x" * 900_000 + b'"</script>', "more than 400,000 characters of code"),
    (b"x = {services: [{name: 'a', cookies: [" + b"'_a'," * 40_000 + b"]}]}", "more than 2,000 cookies"),
    ("".join(MARKED % number for number in range(250)).encode(), "more than 200 services"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("data", "words"), LARGE, ids=range(len(LARGE)))
def test_a_file_too_expensive_to_parse_is_rejected_with_the_exceeded_limit(data: bytes, words: str):
    with pytest.raises(ImportFileError, match=words) as refused:
        read_setup(data)
    english = str(refused.value)
    assert {translate(english, language) == english for language in TRANSLATED} == {False}


def test_a_long_list_of_what_is_not_taken_is_cut_short():
    tags = [{"name": f"T{number}", "type": "html", "paused": True} for number in range(5000)]
    setup = read_setup(json.dumps({"containerVersion": {"tag": tags}}).encode())
    assert (len(setup.left), setup.left[-1]) == (201, "4,800 more are not listed here.")


def test_what_is_read_of_many_variables_is_bounded_together(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("consent.sites.moving.script_literals.MAX_VALUES", 50)
    variables = b"".join(b"tarteaucitron.user.v%d = 'x';" % number for number in range(80))
    setup = read_setup(b"tarteaucitron.init({});" + variables)
    assert "tarteaucitron.user.v49 is computed by code, which is not imported." not in setup.left
    assert "tarteaucitron.user.v79 is computed by code, which is not imported." in setup.left


@pytest.mark.parametrize(("triggers", "wanted"), EXACT.values(), ids=list(EXACT))
def test_a_containers_trigger_is_taken_where_it_means_the_same(triggers, wanted):
    done = in_container(*triggers)
    (tag,) = done.draft["tags"]
    assert (tag.get("trigger"), tag["enabled"]) == (wanted, True)
    assert says(done.report.taken, "same trigger") is (wanted is not None)


@pytest.mark.parametrize("triggers", INEXACT.values(), ids=list(INEXACT))
def test_a_tag_whose_trigger_has_no_counterpart_is_off_and_told(triggers):
    done = in_container(*triggers)
    (tag,) = done.draft["tags"]
    assert ("trigger" in tag, tag["enabled"]) == (False, False)
    assert says(done.report.undecided, "Heat", "no exact counterpart")


def test_a_tag_that_something_blocks_in_the_container_is_off():
    done = in_container(CLICK, {"type": "PAGEVIEW"}, firingTriggerId=["0"], blockingTriggerId=["1"])
    assert [tag["enabled"] for tag in done.draft["tags"]] == [False]
