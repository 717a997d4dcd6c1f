-- Null when the user's token says something that is not stored. What it leaves out stays as it is. The tenant is set.
--
-- answers stored_user [name, avatar_url, host_role, disabled]
CREATE OR REPLACE FUNCTION stored_user(p_tenant text, p_user text, p_name text, p_avatar_url text, p_host_role text) RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET enable_seqscan = off SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  RETURN (
    SELECT json_build_array(u.name, u.avatar_url, u.host_role, u.disabled_at IS NOT NULL) FROM users u
    WHERE u.tenant_id = p_tenant AND u.id = p_user AND (p_name IS NULL OR p_name = u.name)
      AND (p_avatar_url IS NULL OR p_avatar_url = u.avatar_url) AND (p_host_role IS NULL OR p_host_role = u.host_role));
END $$;

-- Stores what a token says of its user, when it says something new.
CREATE OR REPLACE FUNCTION remember_user(p_tenant text, p_user text, p_name text, p_avatar_url text, p_host_role text) RETURNS json
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
  stored json;
BEGIN
  PERFORM set_config('parley.tenant', p_tenant, true);
  stored := stored_user(p_tenant, p_user, p_name, p_avatar_url, p_host_role);
  IF stored IS NULL THEN
    INSERT INTO tenants (id) VALUES (p_tenant) ON CONFLICT DO NOTHING;
    INSERT INTO users AS u (tenant_id, id, name, avatar_url, host_role)
    VALUES (p_tenant, p_user, p_name, p_avatar_url, p_host_role)
    ON CONFLICT ON CONSTRAINT users_pk DO UPDATE SET updated_at = now(), name = coalesce(excluded.name, u.name),
      avatar_url = coalesce(excluded.avatar_url, u.avatar_url), host_role = coalesce(excluded.host_role, u.host_role);
    stored := stored_user(p_tenant, p_user, NULL, NULL, NULL);
  END IF;
  RETURN stored;
END $$;
