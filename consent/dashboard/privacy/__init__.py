"""Pages for requests of data subjects, retention, evidence and the audit trail."""
