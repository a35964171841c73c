"""A Python website, as WSGI and ASGI, that proxies vendors behind the gate; granian runs it."""

import asyncio
import io
import os
from typing import Any

from consent.demo.site import KEY
from consent.gate.middleware import Forwarder, Gate

MOUNTS = ("/metrics/*", "/ph/*", "/m/*", "/p/*")
gate = Gate(os.environ["GATE_SERVICE"], KEY, os.environ["GATE_TOKEN"], mounts=MOUNTS, address_header="X-Test-Address")
proxy = Forwarder(os.environ["GATE_UPSTREAM"], KEY)
IS_GATED = not os.environ.get("GATE_OFF")
wsgi_site = gate.wsgi(proxy) if IS_GATED else proxy


async def proxy_asgi(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Proxy a request with the WSGI proxy, in a thread."""
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    environ = {"REQUEST_METHOD": scope["method"], "PATH_INFO": scope["path"], "wsgi.url_scheme": "http"}
    environ |= {"QUERY_STRING": scope["query_string"].decode(), "wsgi.input": io.BytesIO(body)}
    environ |= {f"HTTP_{name.decode().upper().replace('-', '_')}": value.decode() for name, value in scope["headers"]}
    environ["CONTENT_LENGTH"] = str(len(body))
    started: list[Any] = []

    def ask() -> bytes:
        return b"".join(proxy(environ, lambda status, headers: started.extend((status, headers))))

    text = await asyncio.get_running_loop().run_in_executor(None, ask)
    headers = [(name.lower().encode(), value.encode()) for name, value in started[1]]
    await send({"type": "http.response.start", "status": int(started[0][:3]), "headers": headers})
    await send({"type": "http.response.body", "body": text})


asgi_site = gate.asgi(proxy_asgi) if IS_GATED else proxy_asgi
