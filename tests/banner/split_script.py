"""A script whose part after the first layer is fetched instead of appended."""

from tests.banner.payload import CAST, make_payload
from tests.banner.service import Service

QUIET = [one for one in CAST if one["group"] != "essential"]
"""Optional tags only, so that none runs before a choice."""


def split_script(service: Service) -> Service:
    """Make the service's script fetch its later part."""
    service.payload = make_payload(service.vendors, tags=QUIET)
    service.apart = True
    return service


def asked(service: Service) -> list[str]:
    """Return the paths that the script requested, without the page, the script itself and the favicon."""
    return [path for path in service.requests if path not in ("/", "/b/demo.js", "/favicon.ico")]
