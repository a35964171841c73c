"""A script whose part that comes after the first layer is fetched and not appended."""

from tests.banner.payload import CAST, make_payload
from tests.banner.service import Service

QUIET = [one for one in CAST if one["group"] != "essential"]
"""Tags of which none may run before a choice."""


def apart(service: Service) -> Service:
    """Leave the part to be fetched."""
    service.payload = make_payload(service.vendors, tags=QUIET)
    service.apart = True
    return service


def asked(service: Service) -> list[str]:
    """Return what the script asked for, without the page, itself and the browser's icon."""
    return [path for path in service.requests if path not in ("/", "/b/demo.js", "/favicon.ico")]
