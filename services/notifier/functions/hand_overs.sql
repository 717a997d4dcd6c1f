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

-- How many wait, of all tenants and up to a hundred thousand, and for how many seconds the one that is due the longest has been.
CREATE OR REPLACE FUNCTION hand_overs_waiting() RETURNS TABLE (depth integer, age double precision)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = notifier, pg_temp SET enable_seqscan = off
AS $$
  SELECT count(*)::integer, coalesce(greatest(0, extract(epoch FROM now() - min(w.due_at))), 0)::double precision
  FROM (SELECT h.due_at FROM hand_overs h WHERE h.state = 'waiting' LIMIT 100000) w
$$;

REVOKE ALL ON FUNCTION hand_overs_waiting FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hand_overs_waiting TO parley_notifier;
