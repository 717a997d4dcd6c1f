-- Lets go of the keys of calls of any tenant that nobody repeats any more, after seven days, so many at once; returns how many
-- there were. The events of outbox entries that went aside are gone by then too.
CREATE OR REPLACE FUNCTION forget_keys(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET enable_seqscan = off
AS $$
DECLARE
  forgotten integer;
BEGIN
  DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
    SELECT k.ctid FROM idempotency_keys k WHERE k.created_at < now() - interval '7 days'
    ORDER BY k.created_at LIMIT p_limit FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  DELETE FROM outbox WHERE event_id = ANY (ARRAY(
    SELECT o.event_id FROM outbox o WHERE o.parked_at < now() - interval '7 days'
    ORDER BY o.parked_at LIMIT p_limit FOR UPDATE SKIP LOCKED));
  RETURN forgotten;
END $$;

REVOKE ALL ON FUNCTION forget_keys FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_keys TO parley_app;
