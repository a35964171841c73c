"""Visits a website in a real browser, records what it stores and asks for, and holds that against what it promises."""
