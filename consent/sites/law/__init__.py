"""The shipped rules as law: statutes behind them, what changes on which day, and the package that they come in."""
