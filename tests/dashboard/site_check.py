"""What a check finds on a page: catalog tags, one already in the draft, and an unknown host."""

from typing import Any

from consent.sites.found_tags import BROWSER, HTML, TAG_MANAGER, FoundTag
from consent.sites.health_report import Finding, Health
from tests.dashboard.client import Browser, Dashboard

WELL = [Finding("line", "good", "The line is in the page.")]
GA4 = FoundTag(
    vendor="google-analytics",
    template="ga4",
    name="Google Analytics 4",
    group="analytics",
    parameters={"measurement_id": "G-ABC1234567"},
    address="https://www.googletagmanager.com/gtag/js?id=G-ABC1234567",
    source=HTML,
    held=True,
    reason="It sets _ga, which is analytics.",
)
PIXEL = GA4._replace(
    vendor="meta-pixel",
    template="meta-pixel",
    name="Meta Pixel",
    group="advertising",
    parameters={},
    address="",
    source=TAG_MANAGER,
    held=False,
    reason="Its vendor uses it for advertising purposes.",
)
HOTJAR = PIXEL._replace(vendor="hotjar", template="hotjar", name="Hotjar", group="analytics", source=BROWSER)
STRIPE = PIXEL._replace(vendor="stripe", template="stripe-js", name="Stripe.js", group="essential", source=HTML)
ADS = PIXEL._replace(vendor="demo-ads", template="demo-ads", name="Demo Ads", source=HTML)
NOBODY = FoundTag(
    vendor="",
    template="",
    name="px.unheard.example",
    group=None,
    parameters={},
    address="https://px.unheard.example/w/widget.js",
    source=HTML,
    held=False,
    reason="No owner of px.unheard.example is known.",
)


def checked(dashboard: Dashboard, *tags: FoundTag, site: str = "demo", findings: list[Finding] = WELL) -> Browser:
    """Check the site as an admin, with `tags` as the result, and return the admin's browser."""
    url = dashboard.draft(site)["hosts"][0] + "/"
    found = Health(url, findings, list(tags))
    dashboard.set_scans(check_site=lambda _subject, _url: found)
    admin = dashboard.browser("chief")
    answer = admin.post(f"/sites/{site}/check", {"url": url})
    assert answer.status_code == 200, answer.text
    return admin


def tag_of(dashboard: Dashboard, tag_id: str, site: str = "demo") -> dict[str, Any]:
    """Return a tag of the draft."""
    found: dict[str, Any] = next(tag for tag in dashboard.draft(site)["tags"] if tag["id"] == tag_id)
    return found
