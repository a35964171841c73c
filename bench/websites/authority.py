"""Temporary certificate authority that issues a certificate for each requested host."""

import datetime
import json
import ssl
import threading
from base64 import b64encode
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)
PEM = serialization.Encoding.PEM


class Authority:
    """Issues certificates; its own is in `folder / "authority.pem"`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key, self._hosts_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        self._name = _name("bench-websites")
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()
        own = _certificate(self._name, self._name, self._key.public_key(), ca=True)
        self._made = own.sign(self._key, hashes.SHA256())
        self.file = folder / "authority.pem"
        self.file.write_bytes(self._made.public_bytes(PEM))

    def context(self, host: str) -> ssl.SSLContext:
        """Return the TLS context of a server for `host`."""
        with self._lock:
            if host not in self._contexts:
                self._contexts[host] = self._make(host)
            return self._contexts[host]

    def _make(self, host: str) -> ssl.SSLContext:
        made = (
            _certificate(self._name, _name(host[:64]), self._hosts_key.public_key(), ca=False)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        key = self._hosts_key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        path = self._folder / "host.pem"
        path.write_bytes(made.public_bytes(PEM) + key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def policy(self) -> str:
        """Return the Chromium policy that makes every browser on the machine trust the authority (`CACertificates`)."""
        return json.dumps({"CACertificates": [b64encode(self._made.public_bytes(serialization.Encoding.DER)).decode()]})


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _certificate(
    issuer: x509.Name, subject: x509.Name, key: ec.EllipticCurvePublicKey, *, ca: bool
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + 30 * DAY)
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
    )
