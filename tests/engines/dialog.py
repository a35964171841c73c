"""The banner's dialog, wherever in the page it is."""

ALL = "[...Document.prototype.querySelectorAll.call(document, '*')]"


DIALOG = f"{ALL}.map(n => n.shadowRoot?.querySelector('dialog')).find(Boolean)"
