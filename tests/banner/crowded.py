"""What in a layer has no room, measured in the page."""

CROWDED = """(layer, lines) => [layer, ...layer.querySelectorAll('*'), ...(layer.shadowRoot?.querySelectorAll('*') || [])]
    .filter(node => node.tagName !== 'HEADER' && getComputedStyle(node).display !== 'inline')
    .filter(node => node.scrollWidth > node.clientWidth + 1
        || ['BUTTON', 'H2', 'H3', 'SUMMARY'].includes(node.tagName)
            && node.offsetHeight > lines * parseFloat(getComputedStyle(node).lineHeight) + 28)
    .map(node => `${node.tagName} ${node.scrollWidth} in ${node.clientWidth}, ${node.offsetHeight}: ${node.innerText}`)"""
"""What is wider than its box (but for the second layer's head, whose cross stands in the margin), and buttons and titles of
more lines than these."""
