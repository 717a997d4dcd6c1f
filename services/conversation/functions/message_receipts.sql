-- Who has received and read a message, and when: of its other readers who may see it, by user id after p_after, at most p_limit; none by
-- name where there are more than 50. Who has deleted it for themself is among them: that is nobody else's business. Null for who does not see it; counts are null where the viewer sees nobody's receipts.
--
-- A watermark says that it came that far, a mark when: the first one that covers the message. What was read by writing has none, and the
-- time of what was written then; who came later has it since they came.
--
-- answers message_receipts [delivered_count, read_count, receipts]
CREATE OR REPLACE FUNCTION message_receipts(p_tenant text, p_viewer text, p_message uuid, p_after text, p_limit integer) RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_material = off SET jit = off
AS $$
DECLARE
  conversation_ uuid;
  seq_ bigint;
  sender_ text;
  keeps_out boolean;
  people integer;
  after_ text := coalesce(p_after, '');
BEGIN
  PERFORM set_config('parley.tenant', p_tenant, true);
  SELECT m.conversation_id, m.seq, m.sender_id INTO conversation_, seq_, sender_
  FROM visible_messages m WHERE m.id = p_message AND m.viewer_id = p_viewer;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  SELECT c.participant_count, keeps_receipts_out(p_tenant, p_viewer) INTO people, keeps_out FROM conversations c WHERE c.id = conversation_;
  IF keeps_out THEN
    -- answers message_receipts [delivered_count, read_count, receipts]
    RETURN json_build_array(NULL, NULL, '[]'::json);
  END IF;
  RETURN (
    -- answers message_receipts [delivered_count, read_count, receipts]
    SELECT json_build_array(
      count(*) FILTER (WHERE greatest(p.last_delivered_seq, p.last_read_seq) >= seq_),
      count(*) FILTER (WHERE p.last_read_seq >= seq_),
      CASE WHEN people > 50 THEN '[]' ELSE (
        -- answers message_receipts.receipt [user_id, name, avatar_url, delivered_at, read_at]
        SELECT coalesce(json_agg(json_build_array(x.user_id, x.name, x.avatar_url, epoch_ms(coalesce(x.delivered_at, x.read_at)),
          epoch_ms(x.read_at))), '[]')
        FROM (
          SELECT o.user_id, u.name, u.avatar_url,
            CASE WHEN NOT u.receipts_hidden AND d.from_seq < seq_ THEN d.at END AS delivered_at,
            CASE WHEN u.receipts_hidden OR o.last_read_seq < seq_ THEN NULL
              WHEN coalesce(r.from_seq, 0) < seq_ AND r.at IS NOT NULL THEN r.at
              ELSE coalesce((
                SELECT w.created_at FROM messages w
                WHERE w.conversation_id = conversation_ AND w.seq > seq_ AND w.seq <= o.last_read_seq AND w.sender_id = o.user_id
                  AND NOT w.imported
                ORDER BY w.seq LIMIT 1), o.joined_at) END AS read_at
          FROM participants o
          LEFT JOIN LATERAL user_of(o.tenant_id, o.user_id) u ON true
          LEFT JOIN LATERAL (
            SELECT k.from_seq, k.at FROM read_marks k
            WHERE k.conversation_id = conversation_ AND k.user_id = o.user_id AND k.seq >= seq_ ORDER BY k.seq LIMIT 1) r ON true
          LEFT JOIN LATERAL (
            SELECT k.from_seq, k.at FROM delivered_marks k
            WHERE k.conversation_id = conversation_ AND k.user_id = o.user_id AND k.seq >= seq_ ORDER BY k.seq LIMIT 1) d ON true
          WHERE o.conversation_id = conversation_ AND o.user_id > after_ AND coalesce(o.left_at, 'infinity') = 'infinity'
            AND o.user_id <> sender_ AND o.visible_from_seq < seq_
          ORDER BY o.user_id LIMIT p_limit) x) END)
    FROM participants p
    WHERE p.conversation_id = conversation_ AND coalesce(p.left_at, 'infinity') = 'infinity'
      AND p.user_id <> sender_ AND p.visible_from_seq < seq_
      AND NOT EXISTS (SELECT 1 FROM users u WHERE u.tenant_id = p.tenant_id AND u.id = p.user_id AND u.receipts_hidden));
END $$;
