"""Firefox with settings for visitors who block cookies, see little, want no motion, or leave no trace."""

import pytest

from tests.banner.service import LINE, Service
from tests.engines.dialog import DIALOG
from tests.engines.engine import Visitor
from tests.engines.firefox import firefox
from tests.engines.hostile_page import MARKED, WATCH, released

WIDEST = "document.documentElement.scrollWidth"
SETTINGS: dict[str, tuple[dict[str, bool | int | str], str]] = {
    "all cookies blocked": ({"network.cookie.cookieBehavior": 2}, "!navigator.cookieEnabled"),
    "no storage": ({"dom.storage.enabled": False}, "localStorage === null"),
    "colors of the visitor's own": (
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


def test_a_private_window_tells_its_signal_and_keeps_a_choice_as_long_as_it_is_open(service: Service) -> None:
    with firefox(settings={"browser.privatebrowsing.autostart": True}) as engine:
        visitor, address = Visitor(engine), service.page(MARKED, head=WATCH + LINE)
        visitor.visit(address)
        visitor.button("Reject all")
        assert (
            visitor.see("navigator.globalPrivacyControl") is True
        )  # Firefox sends it unprompted only in private windows
        service.wait_for(lambda: bool(service.receipts))
        assert service.receipts[0]["method"] == "gpc"
        assert released(visitor, service) == []
        visitor.press_button("Accept all")
        service.wait_for(lambda: len(service.receipts) == 2)
        assert service.receipts[1]["conflict_shown"] is True
        visitor.visit(address)
        visitor.wait("['inline', 'ads'].every(name => (window.ran || []).includes(name))")
        assert not visitor.has_button("Accept all")
        assert len(service.receipts) == 2
        visitor.engine.forget()
        visitor.visit(address)
        visitor.button("Reject all")
        visitor.wait("document.cookie === ''")  # set only while the signal's receipt is being sent
