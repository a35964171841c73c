"""The same over TLS, with a certificate authority made by the test, and with Firefox's own GPC signal."""

from pathlib import Path

import pytest

from tests.banner.service import LINE, Service
from tests.engines.engine import Visitor
from tests.engines.engines import STARTS
from tests.engines.firefox import firefox
from tests.engines.tls_service import payload_for


@pytest.mark.parametrize("name", STARTS)
def test_a_choice_over_tls_is_kept_in_a_cookie_that_only_tls_carries(
    name: str, authority: tuple[Path, Path], secure_service: Service
) -> None:
    with STARTS[name](authority[0]) as engine:
        visitor = Visitor(engine)
        visitor.visit(secure_service.page())
        assert visitor.see("[location.protocol, isSecureContext]") == ["https:", True]
        visitor.press_button("Accept all")
        visitor.wait("(window.ran || []).includes('ads')")
        assert secure_service.one_receipt()["action"] == "accept_all"
        visitor.visit(secure_service.page())
        visitor.wait("(window.ran || []).includes('ads')")
        assert not visitor.has_button("Accept all")


def test_firefox_sends_the_signal_itself(service: Service) -> None:
    service.payload = payload_for(service, "US-CA")
    with firefox(settings={"privacy.globalprivacycontrol.enabled": True}) as engine:
        visitor = Visitor(engine)
        visitor.visit(service.page(head=LINE))
        visitor.wait("(window.ran || []).includes('stats')")
        assert visitor.see("[navigator.globalPrivacyControl, ran.includes('ads')]") == [True, False]
