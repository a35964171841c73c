"""Commands of the command line, by what they work on; `cli.py` gathers them."""
