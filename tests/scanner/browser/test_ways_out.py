"""Everything that leaves the browser goes through the proxy: a page that tries to bypass it reaches nobody."""

import socket
import threading
from typing import Any

from tests.scanner.scan_site import ScanSite
from tests.scanner.websites import Sites

WAIT_S = 60
CALL = """
<script>
  const call = new RTCPeerConnection({{ iceServers: [{{ urls: "stun:127.0.0.1:{port}" }}] }});
  call.createDataChannel("x");
  call.onicegatheringstatechange = () => call.iceGatheringState === "complete" && fetch("/called");
  call.createOffer().then((offer) => call.setLocalDescription(offer));
</script>
<img src="/until-called">
"""


def test_a_call_of_a_page_sends_nothing_past_the_proxy(scan_site: ScanSite, sites: Sites) -> None:
    called = threading.Event()

    def until_called(handler: Any) -> None:
        called.wait(WAIT_S)
        handler.answer("", "image/png")

    def hear_of_call(handler: Any) -> None:
        called.set()
        handler.answer("", "text/plain")

    sites.acts |= {"/called": hear_of_call, "/until-called": until_called}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.setblocking(False)
        sites.page("/", CALL.format(port=ear.getsockname()[1]))
        scan_site(sites.url(), states=("none",), pages=1)
        assert called.is_set()
        assert _heard(ear) == b""


def _heard(ear: socket.socket) -> bytes:
    try:
        return ear.recv(2000)
    except BlockingIOError:
        return b""
