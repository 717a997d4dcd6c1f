-- Lets go of what was settled: 7 days ago, and 30 days ago of what nobody took. So many at once; returns how many there were.
CREATE OR REPLACE FUNCTION forget_hand_overs(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = notifier, pg_temp SET enable_seqscan = off
AS $$
DECLARE
  forgotten integer;
BEGIN
  DELETE FROM hand_overs WHERE id = ANY (ARRAY(
    SELECT h.id FROM hand_overs h
    WHERE h.settled_at < now() - interval '7 days'
      AND (h.state NOT IN ('refused', 'dead') OR h.settled_at < now() - interval '30 days')
    ORDER BY h.settled_at LIMIT p_limit FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  RETURN forgotten;
END $$;

REVOKE ALL ON FUNCTION forget_hand_overs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_hand_overs TO parley_notifier;
