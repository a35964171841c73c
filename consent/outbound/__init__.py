"""Outgoing requests to systems that the operator configured: mail, OIDC, webhooks, a language model."""
