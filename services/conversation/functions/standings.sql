-- How users stand who may be of any tenants, in the order of the ids; null for whom nobody has mentioned.
CREATE OR REPLACE FUNCTION standings(p_tenants text[], p_users text[]) RETURNS json
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  RETURN (
    -- answers standings.standing [host_role, disabled, role_said_at, revoked_before, ended_sessions]
    SELECT json_agg(CASE WHEN u.id IS NOT NULL THEN
      json_build_array(u.host_role, u.disabled_at IS NOT NULL, epoch_ms(u.role_said_at),
        epoch_ms(u.revoked_before), u.ended_sessions) END ORDER BY i.ord)
    FROM unnest(p_tenants, p_users) WITH ORDINALITY AS i (tenant, id, ord)
    LEFT JOIN users u ON u.tenant_id = i.tenant AND u.id = i.id);
END $$;

REVOKE ALL ON FUNCTION standings FROM PUBLIC;
GRANT EXECUTE ON FUNCTION standings TO parley_app;
