"""Requests, responses, errors and schemas that all endpoints share."""
