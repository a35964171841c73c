"""Explain why a tag runs or is blocked: its group, the rule that applies, and the decision's reason code."""

from flask_babel import gettext

from consent.core.decide import SITE_REASONS
from consent.core.documents.decision import TagAnswer
from consent.core.translatable import translatable
from consent.dashboard.frame.labels import GROUP_WORDS, regime_words
from consent.dashboard.frame.locale import Labels, lowered, translated

MODE_WORDS = Labels({"full": "Allowed", "limited": "Limited", "held": "Blocked"})
MODE_BADGES = {"full": "live", "limited": "draft", "held": "held"}

REASON_WORDS = Labels(
    {
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
        "minor": "below the age limit here",
        "sensitive": "a sensitive page",
        "precise_location": "the law bans selling or sharing precise location here",
        "not_covered": "added after the visitor's answer",
        "stricter_place": "the answer was given under a laxer rule",
        "expired": "the answer is too old",
        "switched_off": "switched off",
        "kill_switch": "all tags are stopped",
        "out_of_place": "not meant for this place",
        "out_of_page": "not meant for this page",
        "out_of_schedule": "not meant for this date",
        "unclassified": "no group yet",
    }
)

PAYMENT = translatable("not allowed on payment pages")


def reason_text(tag: TagAnswer, regime: str, on_payment_page: bool = False) -> str:
    """Return the reason for a tag's decision, such as `advertising, EU opt in rule, no consent`.

    `on_payment_page` means that the page blocks the tag because it is a payment page.
    """
    if on_payment_page and tag["reason"] == "out_of_page":
        return translated(PAYMENT)
    reason = REASON_WORDS[tag["reason"]]
    if tag["reason"] in (*SITE_REASONS, "essential"):
        return reason
    return gettext(
        "%(group)s, %(regime)s rule, %(reason)s",
        group=lowered(GROUP_WORDS[tag["group"]]),
        regime=regime_words(regime),
        reason=reason,
    )
