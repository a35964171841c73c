"""Texts, languages, theme and links of the visitor's banner and pages."""
