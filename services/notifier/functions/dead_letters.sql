-- The tenants that have something that no receiver took, or that no consumer could handle.
CREATE OR REPLACE FUNCTION tenants_with_dead_letters() RETURNS TABLE (tenant_id text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = notifier, pg_temp SET enable_seqscan = off
AS $$
  SELECT h.tenant_id FROM hand_overs h WHERE h.state IN ('refused', 'dead')
  UNION SELECT d.tenant_id FROM dead_events d ORDER BY 1
$$;

-- How much of that there is, of all tenants, each counted up to a hundred thousand.
CREATE OR REPLACE FUNCTION count_dead_letters() RETURNS TABLE (hand_overs integer, events integer)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = notifier, pg_temp SET enable_seqscan = off
AS $$
  SELECT (SELECT count(*) FROM (SELECT FROM hand_overs h WHERE h.state IN ('refused', 'dead') LIMIT 100000) h)::integer,
    (SELECT count(*) FROM (SELECT FROM dead_events LIMIT 100000) d)::integer
$$;

-- Lets go of events that nobody could handle 30 days ago. So many at once; returns how many there were.
CREATE OR REPLACE FUNCTION forget_dead_events(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = notifier, pg_temp SET enable_seqscan = off
AS $$
DECLARE
  forgotten integer;
BEGIN
  DELETE FROM dead_events WHERE id = ANY (ARRAY(
    SELECT d.id FROM dead_events d WHERE d.failed_at < now() - interval '30 days'
    ORDER BY d.failed_at LIMIT p_limit FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  RETURN forgotten;
END $$;

REVOKE ALL ON FUNCTION tenants_with_dead_letters, count_dead_letters, forget_dead_events FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenants_with_dead_letters, count_dead_letters, forget_dead_events TO parley_notifier;
