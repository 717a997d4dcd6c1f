-- What was done to something, the newest first.
CREATE INDEX audit_log_target ON audit_log (tenant_id, target, id);
