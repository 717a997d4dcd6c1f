-- A page of those in a conversation, by user id after p_after, who are told that they were let in (`added`) or that its context has changed
-- (`context`) at that head of it; null where there is no such conversation. Whoever has read beyond it has seen it. p_user: only they.
CREATE OR REPLACE FUNCTION audience_concerned(
  p_tenant text, p_conversation uuid, p_kind text, p_user text, p_seq bigint, p_rev bigint, p_after text, p_limit integer
) RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET jit = off
AS $$
DECLARE
  c conversations;
  -- not in the condition: see untold_of
  from_ text := coalesce(p_user, p_after, '');
  least_ boolean := p_user IS NOT NULL;
BEGIN
  PERFORM set_config('parley.tenant', p_tenant, true);
  SELECT k.* INTO c FROM conversations k WHERE k.id = p_conversation;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  IF p_kind = 'context' AND c.context_rev IS DISTINCT FROM p_rev THEN
    -- a later one tells of this one as well
    -- answers audience_concerned [concerned, next]
    RETURN json_build_array('[]'::json, NULL);
  END IF;
  RETURN (
    WITH page AS MATERIALIZED (
      SELECT p.*, p AS row FROM participants p
      WHERE p.conversation_id = c.id AND (p.user_id > from_ OR (least_ AND p.user_id = from_)) AND (NOT least_ OR p.user_id <= from_)
      ORDER BY p.user_id LIMIT p_limit)
    -- answers audience_concerned [concerned, next]
    SELECT json_build_array(
      -- answers audience_concerned.person [user_id, name, locale, email, muted_until, seq]
      coalesce(json_agg(json_build_array(g.user_id, u.name, u.locale, u.email,
        epoch_ms(CASE WHEN g.muted_until > now() THEN g.muted_until END), greatest(p_seq, g.last_read_seq + 1)) ORDER BY g.user_id)
        FILTER (WHERE g.left_at IS NULL AND u.disabled_at IS NULL AND g.last_read_seq <= p_seq AND g.via IS DISTINCT FROM 'admin'
          AND CASE WHEN p_kind = 'context' THEN g.role <> 'observer' AND g.user_id IS DISTINCT FROM c.context_by
            -- what is written there tells that they are in it
            ELSE g.joined_rev = p_rev AND (least_ OR g.user_id <> c.created_by) AND unread_of(g.row, 1) = 0 END), '[]'),
      CASE WHEN count(*) = p_limit AND NOT least_ THEN max(g.user_id) END)
    FROM page g LEFT JOIN LATERAL user_of(p_tenant, g.user_id) u ON true);
END $$;
