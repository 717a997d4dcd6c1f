-- Lets go of broadcasts of any tenant that are older than so many days, so many at once; returns how many there were.
CREATE OR REPLACE FUNCTION forget_broadcasts(p_limit integer, p_days integer) RETURNS integer
LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp SET enable_seqscan = off
AS $$
  WITH forgotten AS (
    DELETE FROM broadcasts WHERE number = ANY (ARRAY(
      SELECT b.number FROM broadcasts b WHERE b.at < now() - p_days * interval '1 day'
      ORDER BY b.at LIMIT p_limit FOR UPDATE SKIP LOCKED))
    RETURNING 1)
  SELECT count(*)::integer FROM forgotten
$$;

REVOKE ALL ON FUNCTION forget_broadcasts FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_broadcasts TO parley_app;
