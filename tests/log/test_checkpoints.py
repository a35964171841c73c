"""Checkpoints and proofs as text, compared with the standards' own examples."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from consent.log.checkpoints import key_id, origin_of, proof_text, sign_checkpoint, verifier_key
from consent.signing.keys import SigningKey

# The verifier key of sum.golang.org, the log that introduced the format.
GO = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"


@pytest.mark.parametrize(
    ("base_url", "origin"),
    [
        ("https://consent.example.com", "consent.example.com/log/shop"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000/log/shop"),
        ("https://www.example.com/consent", "www.example.com/consent/log/shop"),
    ],
)
def test_a_log_is_named_after_where_it_is_served(base_url, origin):
    assert origin_of(base_url, "shop") == origin


def test_a_verifier_key_is_written_as_that_of_the_go_checksum_database():
    name, _, key = GO.split("+", 2)
    raw = base64.b64decode(key)
    assert raw[0] == 1
    assert key_id(name, raw[1:]).hex() == "033de0ae"
    assert verifier_key(name, raw[1:]) == GO


def test_a_checkpoint_is_a_note_signed_over_its_text():
    key = SigningKey(b"k" * 32)
    note = sign_checkpoint("example.com/log/shop", 12, b"r" * 32, key)
    text, _, signature = note.rpartition("\n\n")
    assert text.split("\n") == ["example.com/log/shop", "12", base64.b64encode(b"r" * 32).decode()]
    mark, name, signed = signature.rstrip("\n").split(" ")
    assert (mark, name, note[-1]) == ("—", "example.com/log/shop", "\n")
    raw = base64.b64decode(signed)
    assert raw[:4] == key_id(name, key.public)
    Ed25519PublicKey.from_public_bytes(key.public).verify(raw[4:], f"{text}\n".encode())


def test_a_proof_has_the_lines_of_the_standard():
    note = "example.com/log/shop\n1\n…\n\n— example.com/log/shop …\n"
    assert proof_text(5, [b"\0" * 32], note, b"extra data") == (
        "c2sp.org/tlog-proof@v1\nextra ZXh0cmEgZGF0YQ==\nindex 5\n"
        f"{base64.b64encode(b'%c' % 0 * 32).decode()}\n\n{note}"
    )
    assert proof_text(0, [], note, b"") == f"c2sp.org/tlog-proof@v1\nextra \nindex 0\n\n{note}"
