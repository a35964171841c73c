"""The three engines by name, each with the function that starts it."""

from tests.engines.chromium import chromium
from tests.engines.firefox import firefox
from tests.engines.webkit import webkit

STARTS = {"chromium": chromium, "firefox": firefox, "webkit": webkit}
