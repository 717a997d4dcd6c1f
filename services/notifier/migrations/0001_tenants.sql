-- Processes connect as `parley_notifier`, which row-level security binds: an ordinary query sees the rows of the tenant named in
-- `parley.tenant` for the transaction, and none without it.

CREATE FUNCTION current_tenant() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
  RETURN current_setting('parley.tenant', true);
