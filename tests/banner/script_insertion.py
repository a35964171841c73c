"""The ways a script can get into a page."""

RAN = "(window.ran || []).toSorted().join(' ')"


PARSED = {
    "script": "<script src='URL'></script>",
    "async": "<script async src='URL'></script>",
    "defer": "<script defer src='URL'></script>",
    "module": "<script type=module src='URL'></script>",
    "document.write": "<script>document.write('<script src=\"URL\"></scr' + 'ipt>')</script>",
    "document.write with > in a value": '<script>document.write(\'<script title="a > b" src="URL"></scr\''
    " + 'ipt>')</script>",
    "document.write in two calls": "<script>document.write('<script src=\"U');document.write('URL\"></scr' + 'ipt>')"
    "</script>".replace("U')", "')"),
    "document.write in the middle of a name": "<script>document.write('<scr'); document.write('ipt src=\"URL\"></scr'"
    " + 'ipt>')</script>",
}


ADDED = {
    "src": "const s = document.createElement('script'); s.src = URL; document.head.appendChild(s)",
    "setAttribute": "const s = document.createElement('script'); s.setAttribute('SRC', URL); document.head.append(s)",
    "late src": "const s = document.createElement('script'); document.head.append(s); s.src = URL",
    "insertBefore": "const f = document.scripts[0], s = document.createElement('script'); s.async = true;"
    " s.src = URL; f.parentNode.insertBefore(s, f)",
    "fragment": "const r = document.createRange().createContextualFragment(`<p><script src='${URL}'></scr` + `ipt>`);"
    " document.body.append(r)",
    "fragment of nodes": "const r = document.createDocumentFragment(), s = document.createElement('script'); r.append(s);"
    " s.src = URL; document.body.appendChild(r)",
    "type after src": "const s = document.createElement('script'); s.src = URL; s.type = 'text/javascript';"
    " document.head.append(s)",
    "replaceChildren": "const s = document.createElement('script'), box = document.createElement('p');"
    " document.body.append(box); s.setAttributeNS(null, 'src', URL); box.replaceChildren(s)",
    "Range.insertNode": "const r = document.createRange(); r.selectNodeContents(document.body);"
    " r.insertNode(r.createContextualFragment(`<script src='${URL}'></scr` + `ipt>`))",
    "clone": "const s = document.createElement('script'); s.src = URL; document.head.append(s.cloneNode(true))",
    "shadow root": "const box = document.createElement('div'); document.body.append(box);"
    " const s = document.createElement('script'); s.src = URL; box.attachShadow({mode: 'open'}).append(s)",
    "jQuery's append": "const box = document.createElement('div'); box.innerHTML = `<script src='${URL}'></scr` + `ipt>`;"
    " document.body.append(box.firstChild)",
    "timer": "setTimeout(() => { const s = document.createElement('script'); s.src = URL; document.head.append(s) })",
}
