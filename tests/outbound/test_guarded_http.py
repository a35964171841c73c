"""Posts to user-supplied addresses: receivers that hang, lie, redirect to internal hosts, or answer with garbage."""

import datetime
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from consent.outbound.guarded_http import BadAddressError, GuardedPoster, read_target
from consent.outbound.public_addresses import AllowList

pytestmark = pytest.mark.attack

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@contextmanager
def serving(*answers: bytes | None, context: ssl.SSLContext | None = None) -> Iterator[tuple[str, list[bytes]]]:
    """Answer each connection with the next of `answers`, byte by byte if it ends with a dot; None sends nothing."""
    got: list[bytes] = []
    stop = threading.Event()
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(20)

        def serve() -> None:
            for answer in answers:
                try:
                    raw, _ = server.accept()
                    raw.settimeout(20)
                    if context:
                        raw = context.wrap_socket(raw, server_side=True)
                    with raw:
                        got.append(raw.recv(65536))
                        if answer is None:
                            stop.wait(20)
                        elif answer.endswith(b"."):
                            for place in range(len(answer)):
                                if stop.wait(0.05):
                                    return
                                raw.sendall(answer[place : place + 1])
                        else:
                            raw.sendall(answer)
                except OSError:
                    continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}", got
        stop.set()
    thread.join(20)


def poster(host: str, context: ssl.SSLContext | None = None) -> GuardedPoster:
    return GuardedPoster(AllowList((host,)), context)


def send(host: str, scheme: str = "http", total_s: float = 5, context: ssl.SSLContext | None = None):
    one = poster(host, context)
    answer = one.send(f"{scheme}://{host}/hear?a=1", b"{}", {"X-Test": "yes"}, total_s=total_s)
    one.close()
    return answer


def test_a_post_sends_exactly_the_expected_headers_and_body():
    with serving(OK) as (host, got):
        answer = send(host)
    assert (answer.status, answer.body, answer.problem) == (200, b"ok", "")
    assert (
        got[0]
        == (
            f"POST /hear?a=1 HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: identity\r\nX-Test: yes\r\n"
            "Content-Length: 2\r\n\r\n{}"
        ).encode()
    )


def test_a_connection_is_used_again_and_a_closed_one_is_opened_anew():
    with serving(OK, OK) as (host, got):
        one = poster(host)
        # The server closes after each response, without announcing it.
        for _ in range(2):
            assert one.send(f"http://{host}/", b"{}", {}).status == 200
            time.sleep(0.05)
        one.close()
    assert len(got) == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (None, "It did not respond in time."),
        (b"HTTP/1.1 200 OK\r\nX: slow, for ever and ever.", "It did not respond in time."),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\nslow, for ever and ever.", "It did not respond in time."),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "Its response is not HTTP."),
        (b"\x00\xff" * 40 + b"\r\n\r\n", "Its response is not HTTP."),
        (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", "Its response is not HTTP."),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "Its response is not HTTP."),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 9000, "It returned more than 16 KiB of headers."),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000, "It returned more than 16 KiB of headers."),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
            "Its response is not HTTP.",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "It closed the connection in the middle of a response."),
    ],
)
def test_a_hanging_or_invalid_response_ends_in_an_error_message(answer, problem):
    begun = time.monotonic()
    with serving(answer) as (host, _):
        result = send(host, total_s=0.8)
    assert (result.status, result.problem) == (0, problem)
    assert time.monotonic() - begun < 15


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n", 302, b""),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.0 200 OK\r\n\r\nto the end", 200, b"to the end"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 200, b"abc"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, b"ok"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b"x" * 20_000, 200, b"x" * 16_384),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08", 200, b"\x1f\x8b\x08"),
    ],
)
def test_an_answer_is_read_up_to_its_bound_and_no_redirect_is_followed(answer, status, body):
    with serving(answer) as (host, got):
        result = send(host)
    assert (result.status, result.body, len(got)) == (status, body, 1)


def test_reads_retry_after_of_a_receiver():
    with serving(b"HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n") as (host, _):
        assert send(host).retry_after == 120
    with serving(b"HTTP/1.1 503 Busy\r\nRetry-After: Tue, 01 Dec 2026 00:00:00 GMT\r\nContent-Length: 0\r\n\r\n") as (
        host,
        _,
    ):
        assert send(host).retry_after is None


def test_a_refused_connection_gets_a_readable_error():
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        host = f"127.0.0.1:{server.getsockname()[1]}"
    assert send(host).problem == f"Nothing is listening at 127.0.0.1, port {host.split(':')[1]}."


def certificate(folder: Path, name: str, *, days: int = 1) -> ssl.SSLContext:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(2))
        .not_valid_after(now + datetime.timedelta(days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    if name == "localhost":
        made = made.add_extension(names, critical=False)
    signed = made.sign(key, hashes.SHA256())
    pem = folder / "server.pem"
    pem.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def test_rejects_an_untrusted_certificate(tmp_path):
    with serving(OK, context=certificate(tmp_path, "localhost")) as (host, _):
        assert send(host, "https").problem.startswith("Its certificate is not valid: self-signed certificate")


@pytest.mark.parametrize(
    ("name", "days", "part"), [("bank.example", 1, "IP address mismatch"), ("localhost", -1, "expired")]
)
def test_rejects_a_certificate_of_another_name_or_time(tmp_path, name, days, part):
    server = certificate(tmp_path, name, days=days)
    trusting = ssl.create_default_context(cafile=str(tmp_path / "server.pem"))
    with serving(OK, context=server) as (host, _):
        assert part in send(host, "https", context=trusting).problem


def test_accepts_a_valid_certificate(tmp_path):
    server = certificate(tmp_path, "localhost")
    trusting = ssl.create_default_context(cafile=str(tmp_path / "server.pem"))
    with serving(OK, context=server) as (host, _):
        assert send(host, "https", context=trusting).status == 200


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("ftp://hooks.example.com/", "The address must begin with https://."),
        ("http://hooks.example.com/", "The address must begin with https://."),
        ("https://user:word@hooks.example.com/", "The address must have no user name and password."),
        ("https://hooks.example.com/a#b", "The address must be ASCII without spaces and without a # part."),
        ("https://hooks.example.com/a b", "The address must be ASCII without spaces and without a # part."),
        ("https://hooks.example.com/\r\nHost: x", "The address must be ASCII without spaces and without a # part."),
        ("https://hooks.example.com:99999/", "The address cannot be read."),
        ("https://hooks.example.com:25/", "Port 25 is not one of a web server."),
        ("https:///path", "The address needs the name of a host, such as https://hooks.example.com/consent."),
        ("hooks.example.com", "The address must begin with https://."),
        ("https://10.1.2.3/hook", "10.1.2.3 has an address that is not on the public Internet."),
        ("https://[::1]:8443/", "::1 has an address that is not on the public Internet."),
        ("https://2130706433/", "2130706433 has an address that is not on the public Internet."),
        ("https://a.localhost/", "a.localhost has an address that is not on the public Internet."),
    ],
)
def test_a_forbidden_address_gets_an_error_message(url, sentence):
    with pytest.raises(BadAddressError, match=re.escape(sentence)):
        read_target(url, AllowList())


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "10.1.2.3", "169.254.169.254", "[::1]", "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]"),
        *("100.64.0.1", "0.0.0.0", "192.0.0.8", "198.18.0.1", "240.0.0.1", "[fd00::1]", "[2002:7f00:1::]", "[fec0::1]"),
    ],
)
def test_does_not_connect_to_an_internal_address(host):
    answer = GuardedPoster(AllowList()).send(f"https://{host}/", b"{}", {}, total_s=2)
    assert (answer.status, answer.is_refused) == (0, True)
    assert answer.problem.endswith("has an address that is not on the public Internet.")


def test_a_host_that_does_not_exist_gets_an_error_message():
    answer = GuardedPoster(AllowList()).send("https://nowhere.invalid/hook", b"{}", {}, total_s=5)
    assert answer.problem == "The host nowhere.invalid was not found. Check the address."
    assert answer.is_refused


SLOW_HANDSHAKE = b"\x16\x03\x03\x3f\xff" + 200 * b"."
"""A TLS record that arrives one byte at a time, for ten seconds."""


def test_a_handshake_that_comes_a_byte_at_a_time_ends_with_the_whole_request():
    with serving(SLOW_HANDSHAKE) as (host, _):
        answer = send(host, "https", total_s=0.5)
    assert (answer.status, answer.problem) == (0, "It did not respond in time.")


def test_a_header_cannot_inject_lines():
    answer = GuardedPoster(AllowList(("127.0.0.1",))).send("http://127.0.0.1:1/", b"", {"X": "a\r\nHost: evil"})
    assert answer.problem == "The header 'X' contains a character that headers must not contain."
