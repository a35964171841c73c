"""The banner's dialog, wherever it is in the page."""

ALL = "[...Document.prototype.querySelectorAll.call(document, '*')]"


DIALOG = f"{ALL}.map(n => n.shadowRoot?.querySelector('dialog')).find(Boolean)"
