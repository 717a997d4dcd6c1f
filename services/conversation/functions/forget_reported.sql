-- Lets go of what reports of any tenant keep no longer, so many at once; returns how many there were.
CREATE OR REPLACE FUNCTION forget_reported(p_limit integer) RETURNS integer
LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
  WITH forgotten AS (
    UPDATE reports SET snapshot = NULL, snapshot_until = NULL
    WHERE id IN (
      SELECT r.id FROM reports r WHERE r.snapshot_until <= clock_timestamp()
      ORDER BY r.snapshot_until LIMIT p_limit FOR UPDATE SKIP LOCKED)
    RETURNING 1)
  SELECT count(*)::integer FROM forgotten
$$;

REVOKE ALL ON FUNCTION forget_reported FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_reported TO parley_app;
