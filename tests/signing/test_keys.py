import base64
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from consent.signing.keys import KeyFileError, Keys, SigningKey, load_keys, next_key, replace_key, thumbprint

# The key in RFC 8037, appendix A, and its thumbprint.
SEED = base64.urlsafe_b64decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
PUBLIC = base64.urlsafe_b64decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
KID = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_a_key_has_the_public_part_and_thumbprint_of_rfc_8037() -> None:
    key = SigningKey(SEED)
    assert (key.public, key.kid) == (PUBLIC, KID)
    assert thumbprint(PUBLIC) == KID
    assert key.jwk == {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        "alg": "Ed25519",
        "use": "sig",
        "kid": KID,
    }


def test_the_first_start_makes_three_keys_that_stay(tmp_path: Path) -> None:
    first, second = load_keys(tmp_path / "keys"), load_keys(tmp_path / "keys")
    assert first.jwks == second.jwks
    assert first.secret == second.secret
    assert first.log.kid == second.log.kid
    assert len({first.receipt.kid, first.log.kid, first.secret}) == 3


def test_key_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    load_keys(tmp_path / "keys")
    files = sorted((tmp_path / "keys").iterdir())
    assert [file.name for file in files] == ["log.key", "receipt.key", "secret.key"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    files[0].chmod(0o640)
    with pytest.raises(KeyFileError, match="chmod 600"):
        load_keys(tmp_path / "keys")


def test_workers_that_start_at_once_use_the_same_keys(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        loaded = list(pool.map(lambda _: load_keys(tmp_path / "keys"), range(8)))
    assert len({(keys.receipt.kid, keys.log.kid, keys.secret) for keys in loaded}) == 1


def test_a_key_from_the_environment_needs_no_file(tmp_path: Path) -> None:
    keys = load_keys(tmp_path / "keys", {"receipt": SEED.hex(), "log": "1" * 64, "secret": "2" * 64})
    assert keys.receipt.kid == KID
    assert keys.secret == b"\x22" * 32
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize("text", ["xyz", "12" * 31, "12" * 33])
def test_a_key_of_another_form_is_refused_by_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(KeyFileError, match="the key receipt must be 64 hex digits"):
        load_keys(tmp_path, {"receipt": text})


def test_one_key_cannot_serve_receipts_and_log(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="two keys"):
        load_keys(tmp_path, {"receipt": "1" * 64, "log": "1" * 64})


def retire(folder: Path) -> Keys:
    next_key(folder, "receipt")
    replace_key(folder, "receipt", load_keys(folder).receipt)
    return load_keys(folder)


def test_a_retired_key_stays_published_for_ever(tmp_path: Path) -> None:
    first, second, third = load_keys(tmp_path), retire(tmp_path), retire(tmp_path)
    assert third.jwks["keys"][0] == third.receipt.jwk
    assert {key["kid"] for key in third.jwks["keys"]} == {keys.receipt.kid for keys in (first, second, third)}
    assert third.log.kid == first.log.kid
    assert "d" not in third.jwks["keys"][1]


@pytest.mark.parametrize("text", ["", "[]", '{"crv":"P-256","x":"AA"}', '{"crv":"Ed25519","x":"AA"}'])
def test_an_old_key_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "broken.jwk").write_text(text)
    with pytest.raises(KeyFileError, match="is not the public JWK"):
        load_keys(tmp_path)


def test_an_old_key_is_shown_without_its_secret(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    private = {"kty": "OKP", "crv": "Ed25519", "x": SigningKey(SEED).jwk["x"], "d": "a secret", "kid": "a lie"}
    (tmp_path / "old" / "1.jwk").write_text(json.dumps(private))
    assert load_keys(tmp_path).jwks["keys"][1] == SigningKey(SEED).jwk
