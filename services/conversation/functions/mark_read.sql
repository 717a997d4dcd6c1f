-- Reads, many in one call: each moves its participant's watermark forward, never back, and is a revision of its own.
-- Locked conversations as in append_messages.
--
-- Returns { event, at, items: [item, ...] in input order, conversations: [conversation, ...] }. The rev of an item is null when
-- nothing moved; a conversation's user_ids are null in a large one, and its readers, who have read the last message, are null in
-- one that names them.
CREATE OR REPLACE FUNCTION mark_read(
  p_tenants text[], p_conversations uuid[], p_users text[], p_seqs bigint[], p_acked bigint[], p_wait boolean
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  locked uuid[];
  now_ timestamptz;
  result json;
BEGIN
  IF cardinality(p_acked) > 0 THEN
    DELETE FROM outbox o WHERE o.event_id = ANY (p_acked);
  END IF;
  IF p_wait THEN
    SELECT array_agg(l.id) INTO locked FROM (
      SELECT c.id FROM conversations c WHERE c.id = ANY (p_conversations) ORDER BY c.id FOR NO KEY UPDATE) l;
  ELSE
    SELECT array_agg(l.id) INTO locked FROM (
      SELECT c.id FROM conversations c WHERE c.id = ANY (p_conversations) ORDER BY c.id FOR NO KEY UPDATE SKIP LOCKED) l;
  END IF;
  now_ := clock_timestamp();

  WITH checked AS MATERIALIZED (
    SELECT i.tenant, i.conversation, i.user_id, i.ord, c.rev AS base, p.last_read_seq,
      least(i.seq, c.last_seq) AS target,
      CASE
        WHEN c.id IS NULL THEN 'not_found'
        WHEN p.user_id IS NULL OR p.left_at IS NOT NULL THEN 'not_found'
        WHEN NOT c.id = ANY (locked) OR locked IS NULL THEN 'locked'
        WHEN least(i.seq, c.last_seq) > p.last_read_seq OR p.unread_from IS NOT NULL THEN 'moved'
        ELSE 'same' END AS verdict
    FROM unnest(p_tenants, p_conversations, p_users, p_seqs) WITH ORDINALITY AS i (tenant, conversation, user_id, seq, ord)
    LEFT JOIN conversations c ON c.id = i.conversation AND c.tenant_id = i.tenant
    LEFT JOIN participants p ON p.conversation_id = i.conversation AND p.user_id = i.user_id AND p.tenant_id = i.tenant
  ), numbered AS MATERIALIZED (
    SELECT k.*, greatest(k.target, k.last_read_seq) AS read_to,
      k.base + row_number() OVER (PARTITION BY k.conversation, k.verdict ORDER BY k.ord) AS rev
    FROM checked k
  ), watermarks AS (
    UPDATE participants p SET last_read_seq = n.read_to, unread_from = NULL, rev = n.rev
    FROM numbered n WHERE n.verdict = 'moved' AND p.conversation_id = n.conversation AND p.user_id = n.user_id
  ), marks AS (
    INSERT INTO read_marks (conversation_id, user_id, seq, tenant_id, at)
    SELECT n.conversation, n.user_id, n.read_to, n.tenant, now_ FROM numbered n WHERE n.verdict = 'moved'
    ON CONFLICT DO NOTHING
  ), revised AS (
    UPDATE conversations c SET rev = e.rev, updated_at = greatest(c.updated_at, now_)
    FROM (SELECT n.conversation, max(n.rev) AS rev FROM numbered n WHERE n.verdict = 'moved' GROUP BY n.conversation) e
    WHERE c.id = e.conversation
  ), happened AS (
    INSERT INTO events (at, type, tenant_ids, conversation_ids, seqs, revs, user_ids)
    SELECT now_, 'messages.read', array_agg(n.tenant), array_agg(n.conversation), array_agg(n.read_to), array_agg(n.rev), array_agg(n.user_id)
    FROM numbered n WHERE n.verdict = 'moved' HAVING count(*) > 0
    RETURNING id, at
  ), queued AS (
    INSERT INTO outbox (event_id, event_at) SELECT h.id, h.at FROM happened h
  )
  SELECT json_build_object(
    'event', (SELECT h.id FROM happened h),
    'at', floor(extract(epoch FROM now_) * 1000),
    'items', (
      -- answers mark_read.item [verdict, last_read_seq, rev]
      SELECT json_agg(json_build_array(n.verdict, n.read_to, CASE WHEN n.verdict = 'moved' THEN n.rev END) ORDER BY n.ord)
      FROM numbered n),
    'conversations', (
      -- answers mark_read.conversation [conversation_id, last_seq, version, user_ids, participant_count, readers]
      SELECT json_agg(json_build_array(e.conversation, c.last_seq, c.participants_version,
        CASE WHEN c.participant_count <= 16 THEN (
          SELECT json_agg(p.user_id) FROM participants p WHERE p.conversation_id = e.conversation AND coalesce(p.left_at, 'infinity') = 'infinity') END,
        c.participant_count,
        CASE WHEN c.participant_count > 50 THEN (
          SELECT count(*) FROM participants p
          WHERE p.conversation_id = e.conversation AND coalesce(p.left_at, 'infinity') = 'infinity' AND p.last_read_seq >= c.last_seq) END))
      FROM (SELECT DISTINCT n.conversation FROM numbered n WHERE n.verdict = 'moved') e
      JOIN conversations c ON c.id = e.conversation)
  ) INTO result;
  RETURN result;
END $$;

REVOKE ALL ON FUNCTION mark_read FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mark_read TO parley_app;
