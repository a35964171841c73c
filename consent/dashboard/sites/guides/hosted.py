"""Installation guides for hosted platforms, such as Shopify and Webflow."""

from consent.core.translatable import translatable
from consent.dashboard.sites.guides.parts import Guide, Step

SHOPIFY = Guide(
    "shopify",
    "Shopify",
    (
        Step(translatable("Online Store, Themes, Edit code: in layout/theme.liquid, right after <head>:"), "@head@"),
        Step(translatable("In the section of the footer, such as sections/footer.liquid:"), "@footer@"),
        Step(
            translatable(
                "Switch on Shopify under Settings, How the script works: apps and pixels then get the choice "
                "through Shopify's Customer Privacy API. Turn off Shopify's own cookie banner."
            )
        ),
        Step(translatable("The checkout does not load the theme: Shopify's own privacy settings apply there.")),
    ),
)
WEBFLOW = Guide(
    "webflow",
    "Webflow",
    (
        Step(translatable("Site settings, Custom code, Head code (it needs a paid site plan):"), "@head@"),
        Step(translatable("An Embed element in the footer:"), "@footer@"),
        Step(
            translatable(
                "Remove the IDs of Google Analytics and the like from Apps & integrations, and add them here under Tags. "
                "Publish the site."
            )
        ),
    ),
)
