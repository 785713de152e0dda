"""Who changed what: the audit log, for the people of the tenant."""
