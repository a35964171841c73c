"""What is read from a user agent string: the device class and whether it is a bot, quickly for any input."""

import time

import pytest

from consent.api.http.device_class import Agent, read_agent

SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0"
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0"


@pytest.mark.parametrize(
    ("text", "device", "is_bot"),
    [
        (f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) {SAFARI} Mobile/15E148 Safari/604.1", "phone", False),
        (f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Mobile Safari/537.36", "phone", False),
        (f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Safari/537.36", "tablet", False),
        (f"Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) {SAFARI} Mobile/15E148 Safari/604.1", "tablet", False),
        ("Mozilla/5.0 (Android 15; Tablet; rv:145.0) Gecko/145.0 Firefox/145.0", "tablet", False),
        ("Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0", "phone", False),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {SAFARI} Safari/605.1.15", "desktop", False),
        (f"Mozilla/5.0 (X11; Linux x86_64) {CHROME} Safari/537.36", "desktop", False),
        (
            f"Mozilla/5.0 (X11; Linux x86_64) {CHROME.replace('Chrome', 'HeadlessChrome')} Safari/537.36",
            "desktop",
            True,
        ),
        (
            f"Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) {CHROME} Mobile Safari/537.36"
            " (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "phone",
            True,
        ),
        ("", "unknown", False),
    ],
)
def test_identifies_device_classes_and_bots(text: str, device: str, is_bot: bool) -> None:
    assert read_agent(text) == Agent(device, is_bot)


@pytest.mark.parametrize("word", ["x", "-", "a/", "1."])
def test_a_string_crafted_to_be_slow_is_parsed_quickly(word: str) -> None:
    began = time.process_time()
    read_agent(word * 8000)
    # On the full string, the patterns would take ten seconds.
    assert time.process_time() - began < 2
