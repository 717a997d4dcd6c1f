-- What a token says of its user, unless the host has said it since the token was issued (epoch seconds; null counts as before).
CREATE OR REPLACE FUNCTION claim_unless_said(p_claim text, p_said_at timestamptz, p_issued_at double precision) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$ SELECT CASE WHEN p_said_at IS NULL OR to_timestamp(p_issued_at) > p_said_at THEN p_claim END $$;

-- Null when the user's token says something that is not stored and would be. What it leaves out stays as it is. The tenant is set.
--
-- answers stored_user [name, avatar_url, host_role, disabled, role_said_at, receipts_hidden, presence_hidden, revoked_before,
-- ended_sessions]
CREATE OR REPLACE FUNCTION stored_user(
  p_tenant text, p_user text, p_name text, p_avatar_url text, p_host_role text, p_issued_at double precision
) RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET enable_seqscan = off SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  RETURN (
    SELECT json_build_array(u.name, u.avatar_url, u.host_role, u.disabled_at IS NOT NULL, epoch_ms(u.role_said_at),
      u.receipts_hidden, u.presence_hidden, epoch_ms(u.revoked_before), u.ended_sessions) FROM users u
    WHERE u.tenant_id = p_tenant AND u.id = p_user
      AND coalesce(claim_unless_said(p_name, u.name_said_at, p_issued_at), u.name) IS NOT DISTINCT FROM u.name
      AND coalesce(claim_unless_said(p_avatar_url, u.avatar_said_at, p_issued_at), u.avatar_url)
        IS NOT DISTINCT FROM u.avatar_url
      AND coalesce(claim_unless_said(p_host_role, u.role_said_at, p_issued_at), u.host_role) IS NOT DISTINCT FROM u.host_role);
END $$;

-- Stores what a token says of its user, when it says something new. `renamed`: somebody who was known has another
-- name or picture than before.
CREATE OR REPLACE FUNCTION remember_user(
  p_tenant text, p_user text, p_name text, p_avatar_url text, p_host_role text, p_issued_at double precision
) RETURNS json
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
  stored json;
  before record;
  renamed boolean := false;
BEGIN
  PERFORM set_config('parley.tenant', p_tenant, true);
  stored := stored_user(p_tenant, p_user, p_name, p_avatar_url, p_host_role, p_issued_at);
  IF stored IS NULL THEN
    INSERT INTO tenants (id) VALUES (p_tenant) ON CONFLICT DO NOTHING;
    -- locked, so that of two who say something at once the second one sees what the first one said
    SELECT u.name, u.avatar_url INTO before FROM users u WHERE u.tenant_id = p_tenant AND u.id = p_user FOR NO KEY UPDATE;
    renamed := FOUND;
    INSERT INTO users AS u (tenant_id, id, name, avatar_url, host_role)
    VALUES (p_tenant, p_user, p_name, p_avatar_url, p_host_role)
    ON CONFLICT ON CONSTRAINT users_pk DO UPDATE SET updated_at = now(),
      name = coalesce(claim_unless_said(excluded.name, u.name_said_at, p_issued_at), u.name),
      avatar_url = coalesce(claim_unless_said(excluded.avatar_url, u.avatar_said_at, p_issued_at), u.avatar_url),
      host_role = coalesce(claim_unless_said(excluded.host_role, u.role_said_at, p_issued_at), u.host_role);
    stored := stored_user(p_tenant, p_user, NULL, NULL, NULL, NULL);
    renamed := renamed AND (before.name, before.avatar_url) IS DISTINCT FROM (stored ->> 0, stored ->> 1);
  END IF;
  -- answers remember_user [name, avatar_url, host_role, disabled, role_said_at, renamed, receipts_hidden, presence_hidden,
  -- revoked_before, ended_sessions]
  RETURN json_build_array(stored -> 0, stored -> 1, stored -> 2, stored -> 3, stored -> 4, renamed, stored -> 5,
    stored -> 6, stored -> 7, stored -> 8);
END $$;

-- For replicas of the former release, which do not know when a token was issued.
CREATE OR REPLACE FUNCTION stored_user(p_tenant text, p_user text, p_name text, p_avatar_url text, p_host_role text) RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp
AS $$
BEGIN
  RETURN stored_user(p_tenant, p_user, p_name, p_avatar_url, p_host_role, NULL);
END $$;

CREATE OR REPLACE FUNCTION remember_user(p_tenant text, p_user text, p_name text, p_avatar_url text, p_host_role text) RETURNS json
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
  RETURN remember_user(p_tenant, p_user, p_name, p_avatar_url, p_host_role, NULL);
END $$;
