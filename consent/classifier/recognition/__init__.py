"""Recognition of vendors' tags: whose an address or a piece of code is, and which ids stand in it."""
