"""Explain why a tag runs or is blocked: the group, the rule that applies, the reason code of the decision."""

from consent.core.decide import SITE_REASONS
from consent.core.documents import TagAnswer
from consent.dashboard.frame.labels import GROUP_WORDS, regime_words

MODE_WORDS = {"full": "Allowed", "limited": "Limited", "held": "Held"}
MODE_BADGES = {"full": "live", "limited": "draft", "held": "held"}

REASON_WORDS = {
    "essential": "the site does not work without it",
    "granted": "the visitor granted the group",
    "refused": "the visitor refused the group",
    "vendor_granted": "the visitor granted this vendor",
    "vendor_refused": "the visitor refused this vendor",
    "opt_in_not_given": "no consent",
    "opt_out_default": "no objection",
    "notice_default": "a notice is enough",
    "exempt": "exempt from consent here",
    "gpc": "Global Privacy Control",
    "dnt": "Do Not Track",
    "minor": "too young for it here",
    "sensitive": "a sensitive page",
    "precise_location": "nobody may sell a precise location here",
    "not_covered": "added after the visitor's answer",
    "stricter_place": "the answer was given under a laxer rule",
    "expired": "the answer is too old",
    "switched_off": "switched off",
    "kill_switch": "all tags are stopped",
    "out_of_place": "not meant for this place",
    "out_of_page": "not meant for this page",
    "out_of_schedule": "not meant for this date",
    "unclassified": "nobody has given it a group yet",
}

PAYMENT = "not let on payment pages"


def why(tag: TagAnswer, regime: str, on_payment_page: bool = False) -> str:
    """Return the reason of a tag's answer, such as `advertising, EU opt in rule, no consent`.

    `on_payment_page` says that the page alone would hold the tag, as one where people pay.
    """
    if on_payment_page and tag["reason"] == "out_of_page":
        return PAYMENT
    reason = REASON_WORDS[tag["reason"]]
    if tag["reason"] in (*SITE_REASONS, "essential"):
        return reason
    return f"{GROUP_WORDS[tag['group']].lower()}, {regime_words(regime)} rule, {reason}"
