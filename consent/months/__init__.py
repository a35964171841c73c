"""Months that leave the database and come back: each a verifiable export of a site, checked before and after."""
