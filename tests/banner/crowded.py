"""Finds elements that don't fit into a layer, measured in the page."""

CROWDED = """(layer, lines) => [layer, ...layer.querySelectorAll('*'), ...(layer.shadowRoot?.querySelectorAll('*') || [])]
    .filter(node => node.tagName !== 'HEADER' && getComputedStyle(node).display !== 'inline')
    .filter(node => node.scrollWidth > node.clientWidth + 1
        || ['BUTTON', 'H2', 'H3', 'SUMMARY'].includes(node.tagName)
            && node.offsetHeight > lines * parseFloat(getComputedStyle(node).lineHeight) + 28)
    .map(node => `${node.tagName} ${node.scrollWidth} in ${node.clientWidth}, ${node.offsetHeight}: ${node.innerText}`)"""
"""Finds elements wider than their box, and buttons and titles with more than `lines` lines.

The second layer's header is left out, since its close button is in the margin.
"""
