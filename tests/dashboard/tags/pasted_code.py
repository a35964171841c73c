"""Code that somebody pastes for a vendor that the catalogue does not have."""

CODE = """<script src="https://cdn.acme.example/p.js"></script>
<script>document.cookie = "acme_id=1"; document.write("<b>")</script>"""
