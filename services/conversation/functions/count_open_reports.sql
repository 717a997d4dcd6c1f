-- How many open reports the tenant that is set has, counted no further than p_most.
CREATE OR REPLACE FUNCTION count_open_reports(p_most integer) RETURNS integer
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off
AS $$
DECLARE
  tenant text := current_tenant();
BEGIN
  RETURN (SELECT count(*) FROM (
    SELECT FROM reports r WHERE r.tenant_id = tenant AND r.status = 'open' LIMIT p_most) r);
END $$;

-- The same of each of these subjects that has any.
CREATE OR REPLACE FUNCTION count_open_reports(p_subjects text[], p_most integer) RETURNS TABLE (subject text, count integer)
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off
AS $$
DECLARE
  tenant text := current_tenant();
BEGIN
  RETURN QUERY
    SELECT s.subject, o.count FROM unnest(p_subjects) s (subject)
    CROSS JOIN LATERAL (SELECT count(*)::integer AS count FROM (
      SELECT FROM reports r WHERE r.tenant_id = tenant AND r.subject = s.subject AND r.status = 'open' LIMIT p_most) r) o
    WHERE o.count > 0;
END $$;
