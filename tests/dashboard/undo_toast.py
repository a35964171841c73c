"""The toast that offers to undo a change."""

import html
import re

from tests.dashboard.client import Browser


def undo(browser: Browser, page: str) -> None:
    """Press *Undo* in a page's toast."""
    form = page.split('<form class="toast"')[1].split("</form>")[0]
    fields = {name: html.unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', form)}
    action = form.split('action="')[1].split('"')[0]
    assert browser.post(action, fields).status_code == 302
