"""Endpoints for holders of an API token: search, exports, erasures, statistics."""
