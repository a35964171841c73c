import hashlib
import hmac

from consent.signing.receipt_claims import new_salt, personal_digest, visitor_of

PERSONAL = {"visitor": "b" * 32, "previous": None, "browser": "firefox", "chosen_at": "2026-11-24T23:00:00Z"}
TEXT = (
    b'{"browser":"firefox","chosen_at":"2026-11-24T23:00:00Z","previous":null,'
    b'"visitor":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}'
)


def test_the_digest_can_be_made_again_from_salt_and_text() -> None:
    salt = new_salt()
    assert personal_digest(salt, PERSONAL) == hmac.new(salt, TEXT, hashlib.sha256).hexdigest()


def test_the_digest_says_nothing_without_the_salt() -> None:
    assert personal_digest(new_salt(), PERSONAL) != personal_digest(new_salt(), PERSONAL)
    assert len(new_salt()) == 32


def test_one_secret_is_one_visitor_of_this_instance_alone() -> None:
    assert visitor_of(b"k" * 32, "a" * 32) == visitor_of(b"k" * 32, "a" * 32)
    assert visitor_of(b"k" * 32, "a" * 32) != visitor_of(b"l" * 32, "a" * 32)
    assert visitor_of(b"k" * 32, "a" * 32) != visitor_of(b"k" * 32, "b" * 32)
    assert len(bytes.fromhex(visitor_of(b"k" * 32, "a" * 32))) == 16
