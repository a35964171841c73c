"""Data model of a scan job and of a recorded visit."""
