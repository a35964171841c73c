"""Shared parts of all pages: blueprint, permissions, navigation, labels, undo."""
