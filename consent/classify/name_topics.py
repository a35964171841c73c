"""Words and parts of names that hint at what a name is for: a hint to the model, never an answer by itself."""

from collections.abc import Iterator

TOPICS = {
    "session": "sess session sid sessid sessionid phpsessid jsessionid",
    "authentication": (
        "auth login token jwt oauth sso user account signin signed logged remember identity passport member "
        "saml oidc credential password pwd"
    ),
    "security": "csrf xsrf nonce security secure antiforgery forgery verification state challenge signature sig hmac",
    "bot_defence": "bot captcha recaptcha human datadome incap visid waf",
    "load_balancing": (
        "lb balancer affinity arr server route node sticky backend cluster bigip awsalb instance shard slice "
        "pool awselb aws elb haproxy"
    ),
    "cart": "cart basket checkout order quote minicart bag",
    "payment": "pay payment stripe paypal",
    "consent_state": (
        "consent cookie cookies gdpr ccpa privacy optout opt tcf euconsent usprivacy cmp banner tcstring "
        "optin compliance policy accepted dnt notice"
    ),
    "network": "cache edge cdn request check test support supported enabled",
    "language": "lang language locale i lng culture",
    "region": "country region currency geo location city timezone tz store market",
    "display_settings": (
        "theme mode dark font size layout view display style skin collapsed sidebar menu sort tab resolution "
        "width height"
    ),
    "recently_viewed": "recent recently viewed last history",
    "saved_items": "wishlist favorites favourites list saved compare bookmark",
    "chat": "chat message conversation messenger support widget agent operator",
    "embedded_media": "player video volume quality embed media playback",
    "notification_state": (
        "popup notification notifications dismissed closed seen shown hide hidden modal prompt tour welcome "
        "survey alert"
    ),
    "feature_state": "feature flag enabled preferences pref prefs preference settings setting options config",
    "visitor_statistics": (
        "visit visitor visits visitors stat stats analytics track tracker tracking pageview pageviews pv hit "
        "hits count counter new returning unique first utma utmb utmz ga pk metrics measure collect event "
        "events time start timestamp vid"
    ),
    "traffic_source": "ref referrer referer source utm campaign landing traffic origin entry medium",
    "ab_test": "ab test experiment variation variant exp split optimizely bucket segment treatment",
    "session_replay": "record recording heatmap replay click clicks mouse scroll hj",
    "performance_monitoring": "perf performance rum boomerang latency load timing speed page",
    "feedback": "feedback rating nps survey poll questionnaire",
    "ad_delivery": (
        "ad ads adv advert adid advertising adserver campaign creative impression impressions banner dsp ssp rtb"
    ),
    "bidding": "bid bids bidder prebid rtb auction deal",
    "id_sync": (
        "sync match matching cm pixel partner partners usync csync cs mapping idsync bidswitch adnxs rubicon "
        "pubmatic openx ttd criteo appnexus liveramp id5 lotame yahoo google tapad medianet triplelift sovrn "
        "index sharethrough unruly smart adform"
    ),
    "ad_frequency": "freq frequency cap capping",
    "ad_visitor_id": "uid uuid guid userid id uids tuid auid puid duid muid device did cid sid pid tid",
    "affiliate": "aff affiliate partner coupon referral commission",
    "click_id": "click clickid gclid fbclid msclkid clid dclid",
    "social_tracking": "share social like facebook twitter linkedin pinterest",
    "retargeting": "retarget retargeting remarketing audience segment segments seg dmp profile interest",
}
"""Words by a purpose that they hint at."""

PARTS = {
    "security": "csrf xsrf",
    "session": "sess",
    "authentication": "auth login",
    "consent_state": "consent cookie optout gdpr privacy",
    "cart": "cart basket",
    "language": "lang locale",
    "region": "country currency",
    "id_sync": "sync",
    "ab_test": "exper split",
    "visitor_statistics": "visit track stat",
    "traffic_source": "refer utm",
    "load_balancing": "balanc affinity",
    "chat": "chat",
    "recently_viewed": "recent viewed",
    "bot_defence": "captcha",
}
"""Parts of a longer word, by a purpose that they hint at."""

_WORDS: dict[str, list[str]] = {}
for _topic, _words in TOPICS.items():
    for _word in _words.split():
        _WORDS.setdefault(_word, []).append("x:" + _topic)
_PARTS = [(part, "s:" + topic) for topic, parts in PARTS.items() for part in parts.split()]


def topics_of(name: str, words: list[str]) -> Iterator[str]:
    """Yield a feature for each topic that `words` or a part of the lower-case `name` hints at."""
    for word in words:
        yield from _WORDS.get(word, ())
        if len(word) > 2 and word.endswith("id"):
            yield "x:id"
    for part, topic in _PARTS:
        if part in name:
            yield topic
