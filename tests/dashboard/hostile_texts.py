"""Texts that would run as code if a page didn't escape them."""

import json

from consent.storage.scans import scans, screenshots
from consent.storage.scans.screenshots import NewScreenshot
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import NOW, RECEIPT

TEXTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}{% raw %}",
    "'; DROP TABLE receipt; --",
    "</textarea><svg onload=alert(1)>",
)


TEXT = " ".join(TEXTS)
"""All texts in one, so that each page is checked once; none of them neutralizes another."""


def plant(dashboard: Dashboard, text: str = TEXT) -> None:
    """Put `text` wherever a name, note or stored value is shown, bypassing the forms' validation."""
    draft = dashboard.draft()
    for tag in draft["tags"]:
        tag["name"] = text
        tag["purposes"] = [text]
        tag["parameters"] = {"id": text}
        tag["pages"]["only"] = [text]
    for vendor in draft["vendors"]:
        vendor["name"] = vendor["company"] = text
    for cookie in draft["cookies"]:
        cookie["name"] = cookie["purpose"] = text
    draft["controller"] = dict.fromkeys(draft["controller"], text)
    draft["hosts"] = [text]
    draft["overrides"]["sensitive_paths"] = [text]
    draft["overrides"]["rules"] = [{"place": "US-CA", "purpose": text, "level": "opt_in", "reason": text, "by": text}]
    draft["overrides"]["reasons"] = {"sensitive_paths": {"reason": text}}
    draft["texts"]["languages"]["en"] = {"title": text}
    draft["texts"]["links"] = {"en": {"policy": text, "more": [{"label": text, "url": text}]}}
    with dashboard.database() as connection:
        connection.execute("UPDATE site SET name = ?, draft = ? WHERE key = 'demo'", (text, json.dumps(draft)))
        connection.execute("UPDATE config SET note = ?, published_by = ?", (text, text))
        connection.execute("UPDATE user SET name = ? WHERE name != 'Chief'", (text,))
        columns = ["action", "method", "country", "subdivision", "regime", "language", "variant", "age_band"]
        values = ", ".join(f"{column} = :text" for column in columns)
        connection.execute(f"UPDATE receipt SET {values} WHERE id = :id", {"text": text, "id": RECEIPT})
    with dashboard.engine.begin() as connection:
        scan = scans.request(connection, 1, text, NOW - 100)
        pictures = [NewScreenshot(part[:20], part[:10], text, True, b"\xff\xd8\xff") for part in TEXTS]
        screenshots.save(connection, 1, scan, pictures)
        scans.finish(connection, scan, NOW, state=scans.DONE, pages=1, problems=[text], diff=[])
    dashboard.warnings.append(text)
