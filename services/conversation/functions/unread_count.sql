-- Derived, never counted up and down, and never more than 100 steps of an index.
CREATE OR REPLACE FUNCTION unread_count(p_conversation uuid, p_user text) RETURNS integer LANGUAGE plpgsql STABLE
-- Not in SQL: its plan is kept that way. In two steps: row-level security takes coalesce() for something that may tell on
-- rows, and keeps a condition with it from the index.
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off
AS $$
DECLARE
  read_to bigint;
BEGIN
  SELECT greatest(least(p.last_read_seq, coalesce(p.unread_from - 1, p.last_read_seq)), visible_after(p)) INTO read_to
  FROM participants p WHERE p.conversation_id = p_conversation AND p.user_id = p_user;
  RETURN (SELECT count(*) FROM (
    SELECT 1 FROM visible_messages m
    WHERE m.conversation_id = p_conversation AND m.viewer_id = p_user AND m.seq > read_to
      AND m.sender_id <> p_user AND m.type <> 'system' AND m.deleted_at IS NULL
    LIMIT 100
  ) counted);
END $$;
