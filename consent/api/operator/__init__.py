"""Endpoints for the operator of the service: health and metrics."""
