"""Installation guides for hosted platforms, such as Shopify and Webflow."""

from consent.dashboard.sites.guides.parts import Guide, Step

SHOPIFY = Guide(
    "shopify",
    "Shopify",
    (
        Step("Online Store, Themes, Edit code: in layout/theme.liquid, right after <head>:", "@head@"),
        Step("In the section of the footer, such as sections/footer.liquid:", "@footer@"),
        Step(
            "Switch on Shopify under Settings, How the script works: then apps and pixels hear of the choice "
            "by Shopify's Customer Privacy API. Turn off Shopify's own cookie banner."
        ),
        Step("The checkout does not load the theme: there Shopify's own privacy settings count."),
    ),
)
WEBFLOW = Guide(
    "webflow",
    "Webflow",
    (
        Step("Site settings, Custom code, Head code (it needs a paid site plan):", "@head@"),
        Step("An Embed element in the footer:", "@footer@"),
        Step(
            "Take ids of Google Analytics and the like out of Apps & integrations, and add them here under Tags. "
            "Publish the site."
        ),
    ),
)
