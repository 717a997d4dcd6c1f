-- What of no conversation people are told of, in the log of what happens: for who tells them. It is not relayed to the stream.
CREATE OR REPLACE FUNCTION record_announcement(p_type text, p_id uuid, p_number bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
  INSERT INTO events (at, type, tenant_ids, conversation_ids, seqs, revs)
  SELECT clock_timestamp(), p_type, ARRAY[current_tenant()], ARRAY[p_id], ARRAY[p_number], ARRAY[0::bigint]
  WHERE current_tenant() IS NOT NULL
$$;

REVOKE ALL ON FUNCTION record_announcement FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record_announcement TO parley_app;
