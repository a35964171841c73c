"""Pasted code: what becomes nodes, what is left out, what is refused, and what is recognized in it."""

from typing import Any

import pytest

from consent.sites.custom.tags import add_custom_tag, change_code
from consent.sites.draft import DraftError, change_tag, check_draft
from consent.sites.html_snippet import PasteError, as_html, read_pasted
from consent.sites.snippet_lint import code_facts
from tests.api.shop import site_draft

SNIPPET = """<!-- Acme pixel -->
<script async src="//cdn.acme.example/p.js?id=1&amp;v=2" nonce="abc" data-account="7"></script>
<script>
  window.acme = window.acme || []; if (1 < 2 && "</b>") acme.push("init");
  document.cookie = "acme_id=" + Math.random(); localStorage.setItem('acme_last', Date.now());
  new Image().src = "https://collect.acme.example/i?x=1";
</script>
<img src="https://pixel.acme.example/1.gif" width="1" height="1" style="display:none">
<noscript><img src="https://pixel.acme.example/2.gif"></noscript>"""


def refused(text: str) -> str:
    with pytest.raises(PasteError) as fault:
        read_pasted(text)
    return str(fault.value)


def test_a_snippet_becomes_its_nodes_in_order() -> None:
    nodes, left_out = read_pasted(SNIPPET)
    assert [node["element"] for node in nodes] == ["script", "script", "img"]
    assert nodes[0]["src"] == "https://cdn.acme.example/p.js?id=1&v=2"
    assert nodes[0]["attributes"] == {"async": "", "data-account": "7"}
    assert 'if (1 < 2 && "</b>")' in nodes[1]["text"]
    assert nodes[2]["attributes"] == {"width": "1", "height": "1"}
    assert [one.partition(":")[0] for one in left_out] == ["nonce of <script>", "style of <img>", "<noscript>"]


def test_what_is_read_is_read_again_from_its_own_html() -> None:
    nodes = read_pasted(SNIPPET).nodes
    assert read_pasted(as_html(nodes)).nodes == nodes


@pytest.mark.parametrize(
    "text", ["https://cdn.acme.example/p.js", "//cdn.acme.example/p.js", " HTTPS://cdn.acme.example/p.js "]
)
def test_an_address_alone_is_a_script(text: str) -> None:
    (node,) = read_pasted(text).nodes
    assert (node["element"], node["text"], node["attributes"]) == ("script", "", {"async": ""})
    assert node["src"].lower() == "https://cdn.acme.example/p.js"


REFUSED = {
    "nothing": ("", "no script, image or frame"),
    "a comment alone": ("<!-- soon -->", "no script, image or frame"),
    "text": ("Please load this <script>1</script>", "text outside of scripts: “Please load this”"),
    "a block": ("<div><script>1</script></div>", "this has <div>"),
    "a style": ("<style>body{display:none}</style>", "this has <style>"),
    "an object": ('<object data="https://a.example"></object>', "this has <object>"),
    "a form": ("<form action=https://a.example><input></form>", "this has <form>"),
    "a link": ('<link rel="stylesheet" href="https://a.example/x.css">', "this has <link>"),
    "a base": ('<base href="https://evil.example/">', "this has <base>"),
    "a policy": ('<meta http-equiv="refresh" content="0;https://a.example">', "this has <meta>"),
    "svg": ("<svg><script>1</script></svg>", "this has <svg>"),
    "a template": ("<template><script>1</script></template>", "this has <template>"),
    "a handler": ('<img src="https://a.example/x" onerror="alert(1)">', "onerror is code within the page"),
    "a handler in capitals": ('<img src="https://a.example/x" OnLoad="alert(1)">', "onload is code within the page"),
    "a page in an attribute": (
        '<iframe src="https://a.example" srcdoc="<b>"></iframe>',
        "srcdoc of <iframe> is not one",
    ),
    "code as an address": ('<script src="javascript:alert(1)"></script>', "is not an address that can be loaded"),
    "code in a frame": ('<iframe src="javascript:alert(1)"></iframe>', "is not an address that can be loaded"),
    "data": ('<script src="data:text/javascript,alert(1)"></script>', "is not an address that can be loaded"),
    "no https": ('<script src="http://a.example/x.js"></script>', "must use https"),
    "a path": ('<script src="/x.js"></script>', "is not an address that can be loaded"),
    "a password": ('<img src="https://me:secret@a.example/x">', "is not an address that can be loaded"),
    "a faulty port": ('<img src="https://a.example:port/x">', "is not an address"),
    "a faulty host": ('<img src="https://[a/x">', "is not an address"),
    "no address": ("<img width=1>", "The <img> has no src"),
    "an empty script": ("<script> </script>", "neither an address nor code"),
    "both": ('<script src="https://a.example/x.js">alert(1)</script>', "both an address and code"),
    "data as a script": ('<script type="application/ld+json">{}</script>', "is not code that a browser runs"),
    "held already": ('<script type="text/plain">1</script>', "is not code that a browser runs"),
    "too long": ("<script>" + "a" * 50_000 + "</script>", "longer than 50,000 characters"),
    "too many": ("<script>1</script>" * 21, "more than 20 nodes"),
    "too deep": ("<b>" * 10_000, "this has <b>"),
}


@pytest.mark.parametrize(("text", "sentence"), REFUSED.values(), ids=list(REFUSED))
def test_rejects_unsupported_html_with_a_message(text: str, sentence: str) -> None:
    said = refused(text)
    assert sentence in said
    assert len(said) < 200


def test_hosts_and_items_are_read_from_addresses_and_code() -> None:
    facts = code_facts(read_pasted(SNIPPET).nodes)
    assert facts.hosts == ["cdn.acme.example", "pixel.acme.example", "collect.acme.example"]
    assert facts.items == [("cookie", "acme_id"), ("local", "acme_last")]


def test_addresses_are_read_with_their_paths() -> None:
    code = "<script>s.src = 'https://WWW.a.example/gtm.js?id=' + id; new Image().src = `//b.example`</script>"
    facts = code_facts(read_pasted(code + '<img src="https://c.example/Tr?id=1">').nodes)
    assert facts.addresses == ["c.example/Tr?id=1", "www.a.example/gtm.js", "b.example/"]
    assert facts.hosts == ["c.example", "www.a.example", "b.example"]


WARNED = {
    "document.write('<b>')": "empties the page",
    "document . writeln(x)": "empties the page",
    "eval(atob('YQ=='))": "turns text into code",
    "new Function('a')()": "turns text into code",
    "setTimeout('go()', 9)": "runs text as code",
    "addEventListener('keydown', f)": "listens to what visitors type",
    "for (const one of document.forms) send(one)": "looks for forms",
    "location.href = 'https://a.example'": "lead visitors to another page",
    "f('http://a.example/x')": "without https",
    "send(document.cookie)": "reads cookies",
    "document.createElement('script')": "loads further scripts",
    "debugger": "debugger",
}


@pytest.mark.parametrize(("code", "words"), WARNED.items(), ids=list(WARNED))
def test_warns_of_harmful_code(code: str, words: str) -> None:
    warnings = code_facts(read_pasted(f"<script>{code}</script>").nodes).warnings
    assert any(words in one for one in warnings), warnings


def test_plain_code_and_a_file_that_cannot_change_are_not_warned_of() -> None:
    plain = "<script>window.q = []; q.push(1); document.cookie = 'a=1'</script>"
    fixed = '<script src="https://a.example/x.js" integrity="sha384-x" crossorigin></script>'
    assert code_facts(read_pasted(plain + fixed).nodes).warnings == []
    assert "a.example serves can change" in code_facts(read_pasted("https://a.example/x.js").nodes).warnings[0]


def custom(text: str = SNIPPET) -> dict[str, Any]:
    nodes = read_pasted(text).nodes
    load = {
        "type": "html",
        "src": None,
        "attributes": {},
        "calls": [],
        "nodes": nodes,
        "hosts": code_facts(nodes).hosts,
    }
    facts = {"name": "Acme pixel", "template": "custom", "group": "analytics", "purposes": ["visitor_statistics"]}
    return facts | {"load": load, "necessity": ""}


def with_custom() -> dict[str, Any]:
    vendor = {"id": "ga", "cookies": []}
    draft = add_custom_tag(site_draft(), vendor, custom(), sale_or_share=True)
    check_draft(draft)
    return draft


def test_other_code_is_off_and_the_same_code_again_stays_on() -> None:
    draft = with_custom()
    assert (draft["tags"][-1]["id"], draft["tags"][-1]["enabled"]) == ("acme-pixel", False)
    draft = change_tag(draft, "acme-pixel", {"enabled": True})
    changed = change_code(draft, "acme-pixel", custom("https://evil.example/x.js"), sale_or_share=True)
    assert not changed["tags"][-1]["enabled"]
    renamed = change_code(draft, "acme-pixel", custom() | {"name": "Acme"}, sale_or_share=True)
    assert (renamed["tags"][-1]["enabled"], renamed["tags"][-1]["name"]) == (True, "Acme")
    check_draft(renamed)


@pytest.mark.parametrize(
    "load",
    [
        {"type": "html"},
        {"type": "html", "nodes": [], "hosts": []},
        {"type": "html", "nodes": [{"element": "div", "src": "", "text": "", "attributes": {}}], "hosts": []},
        {
            "type": "html",
            "nodes": [{"element": "img", "src": "javascript:1", "text": "", "attributes": {}}],
            "hosts": [],
        },
        {
            "type": "html",
            "nodes": [{"element": "img", "src": "", "text": "", "attributes": {"onload": "1"}}],
            "hosts": [],
        },
        {
            "type": "script",
            "src": "https://a.example/x.js",
            "nodes": [{"element": "script", "src": "", "text": "1", "attributes": {}}],
        },
    ],
)
def test_a_file_cannot_bring_other_nodes(load: dict[str, Any]) -> None:
    with pytest.raises(DraftError):
        check_draft(change_tag(site_draft(), "ga", {"load": load}))
