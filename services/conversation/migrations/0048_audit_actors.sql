-- What somebody has done, the newest first.
CREATE INDEX audit_log_actor ON audit_log (tenant_id, actor_id, id);
