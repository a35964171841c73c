"""Outgoing requests that the operator has configured: mail, OIDC, webhooks, a language model."""
