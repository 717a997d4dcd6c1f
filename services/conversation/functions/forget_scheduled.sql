-- Lets go of scheduled messages of any tenant that are settled: those that were sent or cancelled when nobody repeats the call any
-- more that made them, and those that failed after 90 days. So many at once; returns how many there were.
CREATE OR REPLACE FUNCTION forget_scheduled(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET enable_seqscan = off
AS $$
DECLARE
  forgotten integer;
BEGIN
  DELETE FROM scheduled_messages WHERE id = ANY (ARRAY(
    SELECT s.id FROM scheduled_messages s
    WHERE s.status IN ('sent', 'failed', 'cancelled') AND s.updated_at < now() - interval '8 days'
      AND (s.status <> 'failed' OR s.updated_at < now() - interval '90 days')
    ORDER BY s.updated_at LIMIT p_limit FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  RETURN forgotten;
END $$;

REVOKE ALL ON FUNCTION forget_scheduled FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_scheduled TO parley_app;
