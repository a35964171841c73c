"""Reasons to distrust geolocation headers: codes for counters, and sentences for the operator."""

UNTRUSTED_PEER = "untrusted_peer"
NOT_FORWARDED = "not_forwarded"
UNREADABLE = "unreadable"
CONFLICT = "conflict"

SENTENCES = {
    UNTRUSTED_PEER: "Forwarding or edge headers came from a peer that is not in CONSENT_TRUSTED_PROXIES, so the place"
    " was unknown. If they are your proxy's, add its network there; a few such requests from strangers are normal.",
    NOT_FORWARDED: "A trusted proxy did not forward the visitor's address, so the place was unknown. Configure it to "
    "set X-Forwarded-For, and check that CONSENT_EDGE names the edge in front of it. A few such "
    "requests, made on a proxy's own machine, are normal.",
    UNREADABLE: "A trusted proxy forwarded a header about the visitor's address that is malformed or too long, so the"
    " place was unknown. A few such requests from strangers are normal.",
    CONFLICT: "The headers of a trusted proxy contradict each other, CONSENT_PROXY_HOPS or CONSENT_EDGE, so the place"
    " was unknown. Check that CONSENT_TRUSTED_PROXIES has all networks of your proxies and edge, and nothing else.",
}


class UntrustedHeaderError(Exception):
    """Raised when headers can't be trusted; `code` is a key of `SENTENCES`. Callers catch it to stop reading headers."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
