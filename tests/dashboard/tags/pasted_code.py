"""Code pasted for a vendor that isn't in the catalog."""

CODE = """<script src="https://cdn.acme.example/p.js"></script>
<script>document.cookie = "acme_id=1"; document.write("<b>")</script>"""
