"""The shipped rules as law: the statutes behind them, what changes on which day, and the package they come in."""
