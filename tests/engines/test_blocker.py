"""The blocker holds scripts loaded in any way, before a choice and after a refusal, and releases each once."""

import pytest

from tests.banner.blocker import blocker, let_vendor_have_its_host, stranger
from tests.banner.script_insertion import ADDED, PARSED
from tests.banner.service import LINE, Service
from tests.engines.engine import Visitor

RAN = "(window.ran || []).filter((name) => name.startsWith('way')).toSorted().join(' ')"


def ways(service: Service) -> tuple[str, list[str]]:
    """Return a page that loads a script in every way, and the scripts' names."""
    body, names = "", []
    for number, code in enumerate([*PARSED.values(), *ADDED.values()]):
        names.append(f"way{number:02}")
        url = f"{stranger(service)}/vendor/{names[-1]}.js"
        is_html = code.startswith("<")
        body += code.replace("URL", url) if is_html else f"<script>(() => {{ const URL = '{url}'; {code} }})()</script>"
    return f"<p>words</p>{body}", names


@pytest.mark.parametrize("answer", ["nothing", "Reject all"])
def test_what_any_way_names_waits_and_runs_once(visitor: Visitor, service: Service, answer: str) -> None:
    body, names = ways(service)
    service.page(body, head=blocker() + LINE, path="/ways")
    visitor.visit(service.page("<p>words</p>", head=blocker() + LINE, path="/first"))
    if answer != "nothing":
        visitor.press_button(answer)
        service.one_receipt()
    visitor.visit(f"{service.origin}/ways")
    visitor.wait("!!(window.consent && consent.get)")
    visitor.wait("(window.since ||= Date.now()) < Date.now() - 500")
    assert visitor.see(RAN) == ""
    visitor.see("void consent.set({functional: true, analytics: true, advertising: true})")
    visitor.wait(f"{RAN}.split(' ').length >= {len(names)}")
    visitor.wait("(window.later ||= Date.now()) < Date.now() - 500")
    assert visitor.see(RAN).split(" ") == names


def test_a_held_image_has_the_size_that_the_page_gives_it(visitor: Visitor, service: Service) -> None:
    let_vendor_have_its_host(service)
    kinds = ("style='width:50px;height:20px'", "width=60 height=40", "style='width:72px'")
    images = "".join(f"<img {kind} alt='Ann' src='{service.vendors}/known.svg'>" for kind in kinds)
    visitor.visit(service.page(images, head=blocker(hold="vendors.localhost") + LINE))
    visitor.wait("document.images[2].offsetHeight === 72")
    sizes = "[...document.images].map((one) => one.offsetWidth + 'x' + one.offsetHeight).join(' ')"
    assert visitor.see(sizes) == "50x20 60x40 72x72"


def test_what_a_script_adds_tells_its_loader_and_what_a_plugin_delays_runs_behind_it(
    visitor: Visitor, service: Service
) -> None:
    odd = f"{stranger(service)}/vendor"
    loader = f"""<script>{{ const s = document.createElement('script')
    s.src = '{odd}/odd.js'; s.onload = () => window.heard = (window.ran || []).includes('odd')
    document.head.append(s) }}
    addEventListener('keydown', () => {{ const old = document.querySelector('[type=rocketlazyloadscript]')
    if (!old) return
    const s = document.createElement('script'); s.src = old.dataset.rocketSrc; old.replaceWith(s) }})</script>"""
    delayed = "".join(
        f'<script type="rocketlazyloadscript" data-rocket-src="{address}"></script>'
        for address in (f"{odd}/late.js", "/vendor/own.js")
    )
    visitor.visit(service.page(f"<p>words</p>{loader}{delayed}", head=blocker() + LINE))
    visitor.press_button("Accept all")
    visitor.wait("window.heard && !window.ran.includes('late')")
    visitor.press_key("Tab")
    visitor.wait("window.ran.includes('own') && window.ran.includes('late')")
    assert visitor.see("ran.filter(name => name === 'late').length") == 1
