"""Installation guide for a site with Google Tag Manager."""

from consent.core.translatable import translatable
from consent.dashboard.sites.guides.parts import Guide, Step

TAG_MANAGER = Guide(
    "tag-manager",
    "Google Tag Manager",
    (
        Step(translatable("In the page, first in the head, above the snippet of the container:"), "@head@"),
        Step(
            translatable(
                "Add the container here, under Tags. Either leave its snippet in the page, where it "
                "is blocked until it may run; or remove the snippet, and the tag is loaded when it may. Not both."
            )
        ),
        Step(
            translatable(
                "The order decides. Below our lines the container does not run before it may. Above them it is requested "
                "at once, and runs where it is in the browser's cache; what it adds below our lines is still blocked. "
                "In a tag of the container our lines come too late for the container and for what it has started. "
                "A container on your own host is your own code: nothing here blocks it."
            )
        ),
        Step(
            translatable(
                "In the container, Admin, Container settings: enable the consent overview. Google's "
                "tags read consent mode by "
                "themselves; for all others set under Advanced settings, Consent settings that they "
                "need analytics_storage or "
                "ad_storage. The event consent_change comes with each answer."
            )
        ),
        Step(translatable("In the footer of the page:"), "@footer@"),
    ),
)
