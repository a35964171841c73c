"""Sites, drafts, configs, custom vendors, approvals."""
