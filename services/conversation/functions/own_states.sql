-- How conversations stand for those who are in them, each for one: what their own devices are told. In the order given, null for who is
-- not in there. Of any tenants: whoever reads in one moment is asked for at once.
--
-- answers own_states [epoch, seq, rev, private_counter, last_read_seq, last_delivered_seq, unread_from, archived_at, muted_until,
--   pinned_at, unread_count, cleared_before_seq, cleared_at, stays_archived, draft,
--   blocked]
CREATE OR REPLACE FUNCTION own_states(p_tenants text[], p_conversations uuid[], p_users text[]) RETURNS json
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET jit = off
AS $$
BEGIN
  RETURN (
    SELECT json_agg(CASE WHEN p.user_id IS NOT NULL AND p.left_at IS NULL THEN json_build_array(t.epoch, c.last_seq, c.rev,
      p.private_counter, p.last_read_seq, greatest(p.last_delivered_seq, p.last_read_seq), p.unread_from,
      epoch_ms(CASE WHEN is_archived(p, c) THEN p.archived_at END), epoch_ms(CASE WHEN p.muted_until > now() THEN p.muted_until END),
      epoch_ms(p.pinned_at),
      -- what was read to its end needs no count
      CASE WHEN p.last_read_seq < c.last_seq OR p.unread_from IS NOT NULL THEN unread_of(p, 100) ELSE 0 END,
      p.cleared_before_seq, epoch_ms(CASE WHEN is_cleared(p, c) THEN p.cleared_at END),
      p.archived_at IS NOT NULL AND p.archived_seen IS NULL,
      CASE WHEN p.drafted_at IS NOT NULL THEN draft_fields(c.id, p.user_id) END, p.blocked_at IS NOT NULL) END
      ORDER BY i.ord)
    FROM unnest(p_tenants, p_conversations, p_users) WITH ORDINALITY AS i (tenant, conversation, user_id, ord)
    LEFT JOIN tenants t ON t.id = i.tenant
    LEFT JOIN conversations c ON c.id = i.conversation AND c.tenant_id = i.tenant
    LEFT JOIN participants p ON p.conversation_id = c.id AND p.user_id = i.user_id AND p.tenant_id = i.tenant);
END $$;

REVOKE ALL ON FUNCTION own_states FROM PUBLIC;
GRANT EXECUTE ON FUNCTION own_states TO parley_app;
