"""The blocker as embedded in a page of the test service."""

from pathlib import Path

from tests.banner.service import Service

BLOCKER = (Path(__file__).parents[2] / "static" / "blocker.js").read_text("utf-8").strip()
OWN = "shop.localhost *.shop.localhost"


def blocker(**attributes: str) -> str:
    """Return the blocker's element; it allows the site's own hosts, and `attributes` become data attributes."""
    told = {"run": OWN} | attributes
    return "<script" + "".join(f' data-{name}="{value}"' for name, value in told.items()) + f">{BLOCKER}</script>"


def let_vendor_have_its_host(service: Service) -> None:
    """Assign `vendors.localhost` to the vendor stats, and load no other tags."""
    assert service.payload
    service.payload["acts"]["vendors"]["stats"]["hosts"] = ["vendors.localhost"]
    for tag in service.payload["acts"]["tags"].values():
        tag["type"] = "marked"


def stranger(service: Service) -> str:
    """Return the origin of a host that belongs to no known vendor."""
    return service.vendors.replace("vendors.", "odd.")
