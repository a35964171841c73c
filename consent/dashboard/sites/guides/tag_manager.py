"""Installation guide for sites with Google Tag Manager."""

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
                "is blocked until it may run, or remove the snippet and let the service load the tag "
                "once it may run. Don't do both."
            )
        ),
        Step(
            translatable(
                "The order matters. Below our lines, the container does not run until it may. Above "
                "them, it is requested at once and runs if it is in the browser's cache; what it "
                "adds below our lines is still blocked. Inside a tag of the container, our lines "
                "come too late for the container and for what it has started. A container on your "
                "own host is your own code: nothing here blocks it."
            )
        ),
        Step(
            translatable(
                "In the container, open Admin, Container settings, and enable the consent overview. "
                "Google's tags read consent mode automatically. For all other tags, require "
                "analytics_storage or ad_storage under Advanced settings, Consent settings. The "
                "event consent_change fires with each answer."
            )
        ),
        Step(translatable("In the footer of the page:"), "@footer@"),
    ),
)
