-- Lets go of what reports of any tenant keep no longer, so many at once; returns how many there were.
CREATE OR REPLACE FUNCTION forget_reported(p_limit integer) RETURNS integer
LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp SET enable_seqscan = off
AS $$
  WITH forgotten AS (
    UPDATE reports SET snapshot = NULL, snapshot_until = NULL
    WHERE id = ANY (ARRAY(
      SELECT r.id FROM reports r WHERE r.snapshot_until <= now()
      ORDER BY r.snapshot_until LIMIT p_limit FOR UPDATE SKIP LOCKED))
    RETURNING 1)
  SELECT count(*)::integer FROM forgotten
$$;

REVOKE ALL ON FUNCTION forget_reported FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_reported TO parley_app;

-- Of reports that a replica of the former release has decided, which says nothing on how long they are kept.
CREATE OR REPLACE FUNCTION tenants_of_undated_reports() RETURNS TABLE (tenant_id text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
  SELECT DISTINCT r.tenant_id FROM reports r
  WHERE r.status <> 'open' AND r.snapshot IS NOT NULL AND r.snapshot_until IS NULL
$$;

REVOKE ALL ON FUNCTION tenants_of_undated_reports FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenants_of_undated_reports TO parley_app;
