-- Lets go of held messages of any tenant: those that were decided when nobody repeats the call any more that made them, and those that
-- nobody has decided after 90 days. So many at once; returns how many there were.
CREATE OR REPLACE FUNCTION forget_held(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET enable_seqscan = off
AS $$
DECLARE
  forgotten integer;
BEGIN
  DELETE FROM held_messages WHERE id = ANY (ARRAY(
    SELECT h.id FROM held_messages h
    WHERE h.updated_at < now() - interval '8 days'
      AND (h.status IN ('released', 'refused') OR h.updated_at < now() - interval '90 days')
    ORDER BY h.updated_at LIMIT p_limit FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  RETURN forgotten;
END $$;

REVOKE ALL ON FUNCTION forget_held FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_held TO parley_app;
