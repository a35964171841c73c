"""Keys of an instance: receipt signing key, log signing key, and MAC secret."""

import base64
import hashlib
import json
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Jwk = dict[str, str]
USES = ("receipt", "log")


class KeyFileError(Exception):
    """Raised when a key can't be used; the message names the key and suggests a fix."""


class SigningKey:
    """An Ed25519 key; its id, `kid`, is the thumbprint of the public key (RFC 7638)."""

    def __init__(self, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public: bytes = self._private.public_key().public_bytes_raw()
        self.kid = thumbprint(self.public)
        self.sign = self._private.sign

    @property
    def jwk(self) -> Jwk:
        """The public key as a JWK."""
        return {"kty": "OKP", "crv": "Ed25519", "x": base64url(self.public)} | {
            "alg": "Ed25519",
            "use": "sig",
            "kid": self.kid,
        }


@dataclass(frozen=True, slots=True)
class Keys:
    """All keys of an instance. `old` and `old_logs` are the public halves of earlier receipt and log keys."""

    receipt: SigningKey
    log: SigningKey
    secret: bytes
    old: tuple[Jwk, ...] = ()
    old_logs: tuple[Jwk, ...] = ()

    def signing_key(self, use: str) -> SigningKey:
        """Return the key that signs receipts (`receipt`) or checkpoints (`log`)."""
        return self.log if use == "log" else self.receipt

    @property
    def jwks(self) -> dict[str, list[Jwk]]:
        """The public receipt keys, the current one first, as served at /.well-known/jwks.json."""
        return {"keys": [self.receipt.jwk, *(jwk for jwk in self.old if jwk["kid"] != self.receipt.kid)]}


def load_keys(folder: Path, given: Mapping[str, str] | None = None) -> Keys:
    """Read the keys in `folder` (`receipt.key`, `log.key`, `secret.key`, `old*/*.jwk`) and create the missing ones.

    Each key file holds 32 bytes as 64 hex digits and is readable by its owner only. `given` holds keys from elsewhere,
    such as the environment, in the same format: `receipt`, `log`, `secret`.

    Raises KeyFileError.
    """
    given = given or {}
    receipt, log, secret = (
        _parse(given[name], name) if given.get(name) else _read(folder / f"{name}.key")
        for name in ("receipt", "log", "secret")
    )
    if receipt == log:
        raise KeyFileError("the receipt key and the log key must be two keys")
    return Keys(SigningKey(receipt), SigningKey(log), secret, *(_old_keys(old_folder(folder, use)) for use in USES))


def next_key(folder: Path, use: str) -> SigningKey:
    """Create the successor of the current key, or return the one left by an interrupted rotation."""
    fresh = folder / f"{use}.key.new"
    return SigningKey(_read(fresh))


def replace_key(folder: Path, use: str, present: SigningKey) -> None:
    """Keep the public half of `present` forever and replace the key with the next one."""
    old = old_folder(folder, use)
    old.mkdir(exist_ok=True)
    (old / f"{present.kid}.jwk").write_text(json.dumps(present.jwk) + "\n")
    os.replace(folder / f"{use}.key.new", folder / f"{use}.key")


def old_folder(folder: Path, use: str) -> Path:
    """Return the folder that holds the public halves of earlier keys."""
    return folder / ("old-log" if use == "log" else "old")


def is_replaced(folder: Path, use: str, key: SigningKey) -> bool:
    """Return whether `key` has been replaced. A process that still signs with it needs a restart."""
    return (old_folder(folder, use) / f"{key.kid}.jwk").exists()


def thumbprint(public: bytes) -> str:
    """Return the JWK thumbprint of an Ed25519 public key (RFC 7638, RFC 8037)."""
    text = f'{{"crv":"Ed25519","kty":"OKP","x":"{base64url(public)}"}}'
    return base64url(hashlib.sha256(text.encode()).digest())


def base64url(data: bytes) -> str:
    """Return `data` as base64url without padding (RFC 7515)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _parse(text: str, name: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != 32:
        raise KeyFileError(f"the key {name} must be 64 hex digits, such as `openssl rand -hex 32` prints")
    return key


def _read(path: Path) -> bytes:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _create_key(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise KeyFileError(f"other users can read {path}; run chmod 600 {path}")
    return _parse(path.read_text(), path.name)


def _create_key(path: Path) -> None:
    """Write a new key to `path` atomically; keep the existing file if another process created one first."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)
    except FileExistsError:
        pass
    finally:
        part.unlink()


def _old_keys(folder: Path) -> tuple[Jwk, ...]:
    return tuple(_read_jwk(path) for path in sorted(folder.glob("*.jwk")))


def _read_jwk(path: Path) -> Jwk:
    try:
        jwk: Any = json.loads(path.read_text())
        public = base64.urlsafe_b64decode(jwk["x"] + "=")
        if jwk["crv"] != "Ed25519" or len(public) != 32:
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise KeyFileError(f"{path} is not the public JWK of an Ed25519 key") from None
    return {"kty": "OKP", "crv": "Ed25519", "x": jwk["x"], "alg": "Ed25519", "use": "sig", "kid": thumbprint(public)}
