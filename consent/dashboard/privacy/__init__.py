"""Pages for data subject requests, retention, evidence and the audit trail."""
