-- Receipts of one kind ('read' or 'delivered'), many in one call: each moves its participant's watermark forward, never back, and is a
-- revision of its own. Locked conversations as in append_messages. Who has read has received: what was read is not delivered again.
--
-- Reading takes back a mark as unread that begins there or before. Where nothing else moves that is the reader's own affair, and no
-- revision: 'cleared'.
--
-- Returns { event, at, items: [item, ...] in input order, conversations: [conversation, ...] }. The rev of an item is null when
-- nothing moved. A receipt that is hidden is nobody's business but its own user's. A conversation's user_ids are those who may hear of
-- the others' receipts, null in one with many of whom nobody hides theirs; its count, of those who had the last message before this
-- call and do not hide it, is null in one that names them.
CREATE OR REPLACE FUNCTION mark_receipts(
  p_kind text, p_tenants text[], p_conversations uuid[], p_users text[], p_seqs bigint[], p_acked bigint[], p_wait boolean
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  reads_ boolean := p_kind = 'read';
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
    SELECT i.tenant, i.conversation, i.user_id, i.ord, c.rev AS base, p.unread_from,
      least(i.seq, c.last_seq) AS target,
      CASE WHEN reads_ THEN p.last_read_seq ELSE greatest(p.last_delivered_seq, p.last_read_seq) END AS watermark,
      u.id IS NOT NULL OR t.hides_receipts IS TRUE AS is_hidden,
      CASE
        WHEN c.id IS NULL THEN 'not_found'
        WHEN p.user_id IS NULL OR p.left_at IS NOT NULL THEN 'not_found'
        WHEN NOT c.id = ANY (locked) OR locked IS NULL THEN 'locked'
        WHEN least(i.seq, c.last_seq) > CASE WHEN reads_ THEN p.last_read_seq ELSE greatest(p.last_delivered_seq, p.last_read_seq) END
          THEN 'moved'
        WHEN reads_ AND p.unread_from <= least(i.seq, c.last_seq) THEN 'cleared'
        ELSE 'same' END AS verdict
    FROM unnest(p_tenants, p_conversations, p_users, p_seqs) WITH ORDINALITY AS i (tenant, conversation, user_id, seq, ord)
    LEFT JOIN conversations c ON c.id = i.conversation AND c.tenant_id = i.tenant
    LEFT JOIN participants p ON p.conversation_id = i.conversation AND p.user_id = i.user_id AND p.tenant_id = i.tenant
    LEFT JOIN LATERAL user_of(i.tenant, i.user_id) u ON u.receipts_hidden
    LEFT JOIN tenants t ON t.id = i.tenant
  ), numbered AS MATERIALIZED (
    SELECT k.*, greatest(k.target, k.watermark) AS seq,
      k.base + row_number() OVER (PARTITION BY k.conversation, k.verdict ORDER BY k.ord) AS rev
    FROM checked k
  ), watermarks AS (
    UPDATE participants p SET
      last_read_seq = CASE WHEN reads_ THEN n.seq ELSE p.last_read_seq END,
      last_delivered_seq = CASE WHEN reads_ THEN p.last_delivered_seq ELSE n.seq END,
      unread_from = CASE WHEN reads_ AND n.unread_from <= n.target THEN NULL ELSE p.unread_from END,
      rev = CASE WHEN n.verdict = 'moved' THEN n.rev ELSE p.rev END,
      private_counter = p.private_counter + CASE WHEN n.verdict = 'cleared' THEN 1 ELSE 0 END,
      private_at = CASE WHEN n.verdict = 'cleared' THEN now_ ELSE p.private_at END
    FROM numbered n
    WHERE n.verdict IN ('moved', 'cleared') AND p.conversation_id = n.conversation AND p.user_id = n.user_id
  ), read AS (
    INSERT INTO read_marks (conversation_id, user_id, seq, from_seq, tenant_id, at)
    SELECT n.conversation, n.user_id, n.seq, n.watermark, n.tenant, now_ FROM numbered n WHERE n.verdict = 'moved' AND reads_
    ON CONFLICT DO NOTHING
  ), delivered AS (
    INSERT INTO delivered_marks (conversation_id, user_id, seq, from_seq, tenant_id, at)
    SELECT n.conversation, n.user_id, n.seq, n.watermark, n.tenant, now_ FROM numbered n WHERE n.verdict = 'moved' AND NOT reads_
    ON CONFLICT DO NOTHING
  ), revised AS (
    UPDATE conversations c SET rev = e.rev, updated_at = greatest(c.updated_at, now_)
    FROM (SELECT n.conversation, max(n.rev) AS rev FROM numbered n WHERE n.verdict = 'moved' GROUP BY n.conversation) e
    WHERE c.id = e.conversation
  ), happened AS (
    INSERT INTO events (at, type, tenant_ids, conversation_ids, seqs, revs, user_ids)
    SELECT now_, 'messages.' || p_kind, array_agg(n.tenant), array_agg(n.conversation), array_agg(n.seq), array_agg(n.rev),
      array_agg(n.user_id)
    FROM numbered n WHERE n.verdict = 'moved' HAVING count(*) > 0
    RETURNING id, at
  ), queued AS (
    INSERT INTO outbox (event_id, event_at) SELECT h.id, h.at FROM happened h
  )
  SELECT json_build_object(
    'event', (SELECT h.id FROM happened h),
    'at', floor(extract(epoch FROM now_) * 1000),
    'items', (
      -- answers mark_receipts.item [verdict, seq, rev, is_hidden]
      SELECT json_agg(json_build_array(n.verdict, n.seq, CASE WHEN n.verdict = 'moved' THEN n.rev END, n.is_hidden) ORDER BY n.ord)
      FROM numbered n),
    'conversations', (
      -- answers mark_receipts.conversation [conversation_id, last_seq, version, user_ids, participant_count, count]
      SELECT json_agg(json_build_array(e.conversation, c.last_seq, c.participants_version,
        CASE WHEN c.participant_count <= 16 OR (c.participant_count <= 50 AND EXISTS (
            SELECT 1 FROM participants p JOIN LATERAL user_of(p.tenant_id, p.user_id) u ON u.receipts_hidden
            WHERE p.conversation_id = c.id)) THEN (
          SELECT coalesce(json_agg(p.user_id), '[]') FROM participants p
          WHERE p.conversation_id = e.conversation AND coalesce(p.left_at, 'infinity') = 'infinity'
            AND NOT EXISTS (SELECT 1 FROM users u WHERE u.tenant_id = p.tenant_id AND u.id = p.user_id AND u.receipts_hidden)) END,
        c.participant_count,
        CASE WHEN c.participant_count > 50 THEN (
          SELECT count(*) FROM participants p
          WHERE p.conversation_id = e.conversation AND coalesce(p.left_at, 'infinity') = 'infinity'
            AND CASE WHEN reads_ THEN p.last_read_seq ELSE greatest(p.last_delivered_seq, p.last_read_seq) END >= c.last_seq
            AND NOT EXISTS (SELECT 1 FROM users u WHERE u.tenant_id = p.tenant_id AND u.id = p.user_id AND u.receipts_hidden)) END))
      FROM (SELECT DISTINCT n.conversation FROM numbered n WHERE n.verdict = 'moved') e
      JOIN conversations c ON c.id = e.conversation)
  ) INTO result;
  RETURN result;
END $$;

-- As replicas of the former release call it, which know of reading alone, and of nobody who hides it.
CREATE OR REPLACE FUNCTION mark_read(
  p_tenants text[], p_conversations uuid[], p_users text[], p_seqs bigint[], p_acked bigint[], p_wait boolean
) RETURNS json
LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
  SELECT mark_receipts('read', p_tenants, p_conversations, p_users, p_seqs, p_acked, p_wait)
$$;

REVOKE ALL ON FUNCTION mark_receipts, mark_read FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mark_receipts, mark_read TO parley_app;
