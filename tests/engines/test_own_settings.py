"""Firefox as its own settings make it for visitors who block cookies, see little, or want no movement."""

import pytest

from tests.banner.service import LINE, Service
from tests.engines.engine import Visitor
from tests.engines.firefox import firefox
from tests.engines.test_behaviours import DIALOG
from tests.engines.test_hostile import MARKED, WATCH, released

WIDEST = "document.documentElement.scrollWidth"
SETTINGS: dict[str, tuple[dict[str, bool | int | str], str]] = {
    "all cookies blocked": ({"network.cookie.cookieBehavior": 2}, "!navigator.cookieEnabled"),
    "no storage": ({"dom.storage.enabled": False}, "localStorage === null"),
    "colours of the visitor's own": (
        {"browser.display.document_color_use": 2},
        "matchMedia('(forced-colors: active)').matches",
    ),
    "no movement": ({"ui.prefersReducedMotion": 1}, "matchMedia('(prefers-reduced-motion: reduce)').matches"),
    "a zoom of 400 %": ({"layout.css.devPixelsPerPx": "4.0"}, "devicePixelRatio === 4 && innerWidth === 320"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_both_layers_are_there_and_a_refusal_holds(service: Service, name: str) -> None:
    settings, is_so = SETTINGS[name]
    with firefox(settings=settings) as engine:
        visitor = Visitor(engine)
        if "zoom" in name:
            engine.resize(320, 256)
        visitor.visit(service.page(MARKED, head=WATCH + LINE))
        visitor.button("Reject all")
        assert visitor.see(is_so) is True
        assert visitor.see(f"{WIDEST} <= innerWidth")
        visitor.press_button("Settings")
        visitor.button("Save my choice")
        assert visitor.see(f"{DIALOG}.matches(':modal')")
        visitor.press_key("Escape")
        visitor.wait(f"!{DIALOG}")
        visitor.press_button("Reject all")
        assert service.one_receipt()["action"] == "reject_all"
        visitor.button("Privacy choices")
        assert not visitor.has_button("Accept all")
        assert released(visitor, service) == []
