-- What a new connection has to know: the user is stored_user() by its token, and heads begin with the most recently active.
--
-- answers session_state [at, user, unread_count, heads]
CREATE OR REPLACE FUNCTION session_state(
  p_tenant text, p_user text, p_name text, p_avatar_url text, p_host_role text, p_heads integer,
  p_issued_at double precision
) RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_material = off SET jit = off
AS $$
DECLARE
  floor_ timestamptz;
BEGIN
  PERFORM set_config('parley.tenant', p_tenant, true);
  -- the most recently active ones stand there: see list_conversations
  SELECT p.listed_at INTO floor_ FROM participants p
  WHERE p.tenant_id = p_tenant AND p.user_id = p_user AND p.left_at IS NULL AND p.listed_at <= 'infinity'
  ORDER BY p.listed_at DESC OFFSET p_heads LIMIT 1;
  floor_ := coalesce(floor_, '-infinity');
  RETURN json_build_array(
    epoch_ms(now()),
    stored_user(p_tenant, p_user, p_name, p_avatar_url, p_host_role, p_issued_at),
    total_unread(p_tenant, p_user),
    (SELECT coalesce(json_agg(x.head), '[]') FROM (
      -- answers session_state.head [conversation_id, seq, rev]
      SELECT json_build_array(c.id, c.last_seq, c.rev) AS head
      FROM (
        SELECT p.conversation_id FROM participants p
        WHERE p.tenant_id = p_tenant AND p.user_id = p_user AND p.left_at IS NULL AND p.listed_at > floor_ - interval '1 hour'
        UNION ALL
        SELECT p.conversation_id FROM participants p
        WHERE p.tenant_id = p_tenant AND p.user_id = p_user AND p.left_at IS NULL AND p.listed_at IS NULL) p
      JOIN conversations c ON c.id = p.conversation_id
      ORDER BY coalesce(c.last_message_at, c.created_at) DESC LIMIT p_heads) x));
END $$;

-- For replicas of the former release, which do not know when a token was issued.
CREATE OR REPLACE FUNCTION session_state(
  p_tenant text, p_user text, p_name text, p_avatar_url text, p_host_role text, p_heads integer
) RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp
AS $$
BEGIN
  RETURN session_state(p_tenant, p_user, p_name, p_avatar_url, p_host_role, p_heads, NULL);
END $$;
