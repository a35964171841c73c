"""The service's mail, delivered to a real server."""

import pytest

from consent.config import SettingsError, load_settings
from consent.outbound.mail import Mailer, MailError
from tests.mail_server import running_mail_server

BASE = {"CONSENT_SECRET_KEY": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"}


def test_a_mail_arrives_as_plain_text() -> None:
    with running_mail_server() as server:
        Mailer(server.url, "consent@example.com").send("ann@example.org", "Välkommen", "Two lines\nof text – here.\n")
        mail = server.next()
    assert (mail["From"], mail["To"], mail["Subject"]) == ("consent@example.com", "ann@example.org", "Välkommen")
    assert mail.get_content().splitlines() == ["Two lines", "of text – here."]
    assert mail.get_content_type() == "text/plain"
    assert "@example.com>" in mail["Message-ID"], "the machine's own name is nobody's business"


def test_a_mail_in_the_background_arrives_too() -> None:
    with running_mail_server() as server:
        Mailer(server.url, "consent@example.com").post("ann@example.org", "Hello", "Text")
        assert server.next()["Subject"] == "Hello"


def test_a_message_rejected_by_the_server_is_an_error_without_the_address() -> None:
    with running_mail_server() as server:
        server.refuses = True
        with pytest.raises(MailError) as caught:
            Mailer(server.url, "consent@example.com").send("ann@example.org", "Hello", "Text")
    assert "ann" not in str(caught.value)


def test_an_unavailable_server_is_an_error() -> None:
    with running_mail_server() as server:
        url = server.url
    with pytest.raises(MailError):
        Mailer(url, "consent@example.com").send("ann@example.org", "Hello", "Text")


def test_a_subject_cannot_inject_headers() -> None:
    """Names in it, such as a site's, may contain what a user typed; the mail still arrives."""
    with running_mail_server() as server:
        Mailer(server.url, "consent@example.com").send("ann@example.org", "Hello\r\nBcc: eve@example.com", "Text")
        mail = server.next()
    assert (mail["Subject"], mail["Bcc"]) == ("Hello Bcc: eve@example.com", None)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mail.example.com", "CONSENT_MAIL_URL must be like smtps://"),
        ("https://mail.example.com", "CONSENT_MAIL_URL must be like smtps://"),
        ("smtp://mail.example.com", "CONSENT_MAIL_URL must be like smtps://"),
        ("smtps://mail.example.com/inbox", "CONSENT_MAIL_URL must be like smtps://"),
    ],
)
def test_rejects_an_invalid_server_at_startup(url: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        load_settings(BASE | {"CONSENT_MAIL_URL": url, "CONSENT_MAIL_FROM": "consent@example.com"})


def test_server_and_sender_need_each_other() -> None:
    with pytest.raises(SettingsError, match="CONSENT_MAIL_URL and CONSENT_MAIL_FROM"):
        load_settings(BASE | {"CONSENT_MAIL_FROM": "consent@example.com"})
    with pytest.raises(SettingsError, match="CONSENT_MAIL_FROM must be an email address"):
        load_settings(BASE | {"CONSENT_MAIL_URL": "smtps://mail.example.com", "CONSENT_MAIL_FROM": "Consent"})
    settings = load_settings(
        BASE | {"CONSENT_MAIL_URL": "smtps://u:p%40@mail.example.com:2465", "CONSENT_MAIL_FROM": "consent@example.com"}
    )
    assert settings.mailer == Mailer("smtps://u:p%40@mail.example.com:2465", "consent@example.com")
