"""A certificate authority for one test, and a certificate from it for the test's hosts."""

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HOSTS = ("www.shop.localhost", "vendors.localhost")
DAY = datetime.timedelta(days=1)


def make_authority(folder: Path, names: tuple[str, ...] = HOSTS) -> tuple[Path, Path]:
    """Create the PEM files of the authority and of a certificate, with its key, for these hosts or addresses."""
    key, hosts_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = _name("Authority of a test")
    authority = _certificate(name, name, key.public_key(), ca=True).sign(key, hashes.SHA256())
    alternatives = x509.SubjectAlternativeName([_alternative(name) for name in names])
    hosts = (
        _certificate(name, _name(names[0]), hosts_key.public_key(), ca=False)
        .add_extension(alternatives, critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = hosts_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    files = folder / "authority.pem", folder / "hosts.pem"
    files[0].write_bytes(authority.public_bytes(pem))
    files[1].write_bytes(hosts.public_bytes(pem) + plain)
    return files


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


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
