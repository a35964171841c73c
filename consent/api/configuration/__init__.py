"""Configuration by API: drafts, checks, differences and versions, for tokens of `config:read` and `config:write`."""
