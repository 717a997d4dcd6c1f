-- Where something of a kind was done, the newest first.
CREATE INDEX audit_log_action ON audit_log (tenant_id, action, id);
