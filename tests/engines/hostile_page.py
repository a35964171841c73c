"""A page with marked tags, and which of them ran."""

from tests.banner.service import Service
from tests.engines.engine import Visitor

WATCH = """<script>thrown = []
addEventListener("error", ({ message }) => thrown.push(message))
addEventListener("unhandledrejection", ({ reason }) => thrown.push(String(reason)))</script>"""


MARKED = """<h1>Shop</h1><a href="#x">link</a>
<script type="text/plain" data-consent="analytics">(window.ran ||= []).push("inline")</script>
<script type="text/plain" data-consent="nonsense">(window.ran ||= []).push("unknown")</script>
<iframe title="Film" data-consent="functional" data-src="/vendor/frame.js" width="300" height="150"></iframe>"""


def released(visitor: Visitor, service: Service) -> list[str]:
    """Return what ran or was requested without consent, and the errors thrown."""
    asked = [path for path in service.requests if path.startswith("/vendor/") and path != "/vendor/session.js"]
    ran = visitor.see("(window.ran || []).filter(name => name !== 'session')")
    return [*asked, *ran, *visitor.see("window.thrown || []")]
