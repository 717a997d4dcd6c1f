-- A conversation as its viewer sees it, null for whoever is not in it. The tenant is set.
--
-- answers conversation_view [id, kind, title, status, status_reason, participant_count, last_seq, rev, metadata, created_at,
--   updated_at, participants, epoch, private_counter, last_read_seq, archived_at, muted_until, pinned_at, unread_count,
--   last_message, context, picture_url, closes_at, blocking, activity_at, cleared_before_seq, cleared_at, stays_archived, draft,
--   unread_from]
CREATE OR REPLACE FUNCTION conversation_view(p_viewer text, p_conversation uuid, p_listed integer) RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_material = off SET jit = off
AS $$
DECLARE
  after_ bigint;
  -- the viewer sees nobody's receipts but their own
  keeps_out boolean;
BEGIN
  SELECT visible_after(p), keeps_receipts_out(p.tenant_id, p_viewer) INTO after_, keeps_out FROM participants p
  WHERE p.conversation_id = p_conversation AND p.user_id = p_viewer;
  IF after_ IS NULL THEN
    RETURN NULL;
  END IF;
  RETURN (
    SELECT json_build_array(c.id, c.kind, c.title, c.status, c.status_reason, c.participant_count, c.last_seq, c.rev,
      c.metadata, epoch_ms(c.created_at), epoch_ms(c.updated_at),
      (SELECT coalesce(json_agg(x.fields), '[]') FROM (
        SELECT participant_fields(p, u.name, u.avatar_url,
          p.user_id = p_viewer OR NOT (keeps_out OR coalesce(u.receipts_hidden, false))) AS fields
        FROM participants p LEFT JOIN users u ON u.tenant_id = p.tenant_id AND u.id = p.user_id
        WHERE p.conversation_id = p_conversation AND coalesce(p.left_at, 'infinity') = 'infinity'
        ORDER BY p.joined_at, p.user_id LIMIT p_listed) x),
      t.epoch, me.private_counter, me.last_read_seq,
      epoch_ms(CASE WHEN is_archived(me, c) THEN me.archived_at END),
      epoch_ms(CASE WHEN me.muted_until > now() THEN me.muted_until END), epoch_ms(me.pinned_at), unread_of(me, 100),
      (SELECT message_fields(m, u.name, u.avatar_url)
        FROM visible_messages m LEFT JOIN users u ON u.tenant_id = m.tenant_id AND u.id = m.sender_id
        WHERE m.viewer_id = p_viewer AND m.conversation_id = p_conversation AND m.seq > after_
        ORDER BY m.seq DESC LIMIT 1),
      CASE WHEN c.context_id IS NOT NULL THEN context_fields(c) END, c.picture_url, epoch_ms(c.closes_at),
      c.kind = 'direct' OR (c.blockable AND is_of_two(c.id)), epoch_ms(coalesce(c.last_message_at, c.created_at)),
      me.cleared_before_seq, epoch_ms(CASE WHEN is_cleared(me, c) THEN me.cleared_at END),
      me.archived_at IS NOT NULL AND me.archived_seen IS NULL,
      CASE WHEN me.drafted_at IS NOT NULL THEN draft_fields(p_conversation, p_viewer) END, me.unread_from)
    FROM conversations c
    JOIN participants me ON me.conversation_id = c.id AND me.user_id = p_viewer
    JOIN tenants t ON t.id = c.tenant_id
    WHERE c.id = p_conversation);
END $$;

-- Views of several, in the order of the ids, without those that the viewer is not in.
CREATE OR REPLACE FUNCTION conversation_views(p_tenant text, p_viewer text, p_ids uuid[], p_listed integer) RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_material = off SET jit = off
AS $$
BEGIN
  PERFORM set_config('parley.tenant', p_tenant, true);
  RETURN (
    SELECT coalesce(json_agg(x.view ORDER BY x.ord) FILTER (WHERE x.view IS NOT NULL), '[]')
    FROM (SELECT i.ord, conversation_view(p_viewer, i.id, p_listed) AS view
          FROM unnest(p_ids) WITH ORDINALITY AS i (id, ord) OFFSET 0) x);
END $$;
