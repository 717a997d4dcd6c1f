-- Lets go of what people were told of, once the log of what happens has it no more; so many at once. Returns how many there were.
CREATE OR REPLACE FUNCTION forget_happenings(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = notifier, pg_temp SET enable_seqscan = off
AS $$
DECLARE
  forgotten integer;
BEGIN
  DELETE FROM happenings h USING (
    SELECT x.tenant_id, x.id FROM happenings x WHERE x.done_at < now() - interval '10 days' ORDER BY x.done_at LIMIT p_limit) old
  WHERE h.tenant_id = old.tenant_id AND h.id = old.id;
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  RETURN forgotten;
END $$;

REVOKE ALL ON FUNCTION forget_happenings FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_happenings TO parley_notifier;
