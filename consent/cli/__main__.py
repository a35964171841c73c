"""Run the command line with `python -m consent.cli`."""

from consent.cli import main

main()
