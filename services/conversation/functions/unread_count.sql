-- How many messages are unread for a participant, at most so many: derived, never counted up and down, in so many steps of an index. It
-- is asked for participants that are at hand, by functions that hold the planner to index probes; in PL/pgSQL its plan is kept.
CREATE OR REPLACE FUNCTION unread_of(p participants, p_most integer) RETURNS integer LANGUAGE plpgsql STABLE
AS $$
DECLARE
  -- not in the condition: row-level security takes coalesce() for something that may tell on rows, and keeps it from the index
  read_to bigint := greatest(least(p.last_read_seq, coalesce(p.unread_from - 1, p.last_read_seq)), visible_after(p));
BEGIN
  RETURN (SELECT count(*) FROM (
    SELECT FROM messages m
    WHERE m.conversation_id = p.conversation_id AND m.seq > read_to
      AND m.sender_id <> p.user_id AND m.type <> 'system' AND m.deleted_at IS NULL
      AND (NOT p.hides OR NOT EXISTS (
        SELECT FROM hidden_messages h
        WHERE h.conversation_id = p.conversation_id AND h.user_id = p.user_id AND h.seq = m.seq OFFSET 0))
    LIMIT p_most) counted);
END $$;

-- Up to 100, as it is shown; none for whoever is not in the conversation.
CREATE OR REPLACE FUNCTION unread_count(p_conversation uuid, p_user text) RETURNS integer LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET jit = off
AS $$
BEGIN
  RETURN coalesce((
    SELECT unread_of(p, 100) FROM participants p WHERE p.conversation_id = p_conversation AND p.user_id = p_user), 0);
END $$;

-- In all conversations of a user, up to 100, and no conversation is looked at beyond them. What was read to its end needs no count. The
-- tenant is set.
CREATE OR REPLACE FUNCTION total_unread(p_tenant text, p_user text) RETURNS integer LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET jit = off
AS $$
BEGIN
  -- as unread_of() counts, in one question for all of them
  RETURN (SELECT count(*) FROM (
    SELECT FROM (
      SELECT p.conversation_id, p.hides,
        greatest(least(p.last_read_seq, coalesce(p.unread_from - 1, p.last_read_seq)), visible_after(p)) AS read_to
      FROM participants p JOIN conversations c ON c.id = p.conversation_id
      WHERE p.tenant_id = p_tenant AND p.user_id = p_user AND p.left_at IS NULL
        AND (c.last_seq > p.last_read_seq OR p.unread_from IS NOT NULL)
      OFFSET 0) p
    CROSS JOIN LATERAL (
      SELECT FROM messages m
      WHERE m.conversation_id = p.conversation_id AND m.seq > p.read_to
        AND m.sender_id <> p_user AND m.type <> 'system' AND m.deleted_at IS NULL
        AND (NOT p.hides OR NOT EXISTS (
          SELECT FROM hidden_messages h
          WHERE h.conversation_id = p.conversation_id AND h.user_id = p_user AND h.seq = m.seq OFFSET 0))
      LIMIT 100) m
    LIMIT 100) counted);
END $$;
