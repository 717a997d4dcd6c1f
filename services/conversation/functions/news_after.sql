-- What has happened since a position that this answered before: in which conversations something was written, who has read how far, and
-- what else people are told of, of all tenants. Null, and a position that this log never gave (it was restored from a copy), begin an hour ago.
CREATE OR REPLACE FUNCTION news_after(p_position json, p_limit integer) RETURNS json
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off
AS $$
DECLARE
  read_to bigint := p_position ->> 0;
  missing bigint[] := ARRAY(SELECT json_array_elements_text(p_position -> 1));
  missing_till bigint[] := ARRAY(SELECT json_array_elements_text(p_position -> 2));
  next record;
  position_ text;
BEGIN
  IF read_to IS NULL OR read_to > (SELECT s.last_value FROM events_id s) THEN
    SELECT coalesce(min(e.id) FILTER (WHERE e.at > now() - interval '1 hour') - 1, max(e.id), 0), '{}', '{}'
    INTO read_to, missing, missing_till
    FROM (SELECT x.id, x.at FROM events x ORDER BY x.id DESC LIMIT 100000) e;
  END IF;
  SELECT * INTO next FROM next_events(read_to, missing, missing_till, p_limit);
  position_ := format('[%s,%s,%s]', next.read_to, array_to_json(next.missing), array_to_json(next.missing_till));
  -- answers news_after [position, written, read, more, happened]
  RETURN json_build_array(position_, (
    -- answers news_after.written [tenant_id, conversation_id, at]
    SELECT coalesce(json_agg(json_build_array(w.tenant, w.conversation, w.at)), '[]') FROM (
      SELECT c.tenant, c.conversation, epoch_ms(min(e.at)) AS at
      FROM events e, unnest(e.tenant_ids, e.conversation_ids) c (tenant, conversation)
      WHERE e.id = ANY (next.ids) AND e.type = 'message.created'
      GROUP BY c.tenant, c.conversation) w), (
    -- answers news_after.read [tenant_id, conversation_id, user_id, seq]
    SELECT coalesce(json_agg(json_build_array(r.tenant, r.conversation, r.user_id, r.seq)), '[]') FROM (
      SELECT c.tenant, c.conversation, c.user_id, max(c.seq) AS seq
      FROM events e, unnest(e.tenant_ids, e.conversation_ids, e.user_ids, e.seqs) c (tenant, conversation, user_id, seq)
      WHERE e.id = ANY (next.ids) AND e.type = 'messages.read'
      GROUP BY c.tenant, c.conversation, c.user_id) r),
    EXISTS (SELECT FROM events e WHERE e.id > next.read_to), (
    -- answers news_after.happened [tenant_id, kind, about_id, user_id, seq, rev, at]
    SELECT coalesce(json_agg(json_build_array(c.tenant, CASE e.type WHEN 'conversation.updated' THEN 'context'
        WHEN 'broadcast.sent' THEN 'broadcast' WHEN 'report.opened' THEN 'report' WHEN 'report.decided' THEN 'decided'
        ELSE 'added' END, c.about, c.user_id, c.seq, c.rev, epoch_ms(e.at)) ORDER BY e.id), '[]')
    FROM events e, unnest(e.tenant_ids, e.conversation_ids, e.user_ids, e.seqs, e.revs) c (tenant, about, user_id, seq, rev)
    WHERE e.id = ANY (next.ids)
      AND e.type IN ('participant.joined', 'conversation.created', 'conversation.updated', 'broadcast.sent', 'report.opened', 'report.decided')
      AND (e.type NOT LIKE 'conversation.%' OR EXISTS (
        SELECT FROM conversations k WHERE k.id = c.about
          AND CASE e.type WHEN 'conversation.created' THEN k.kind = 'group' ELSE k.context_rev = c.rev END))));
END $$;

REVOKE ALL ON FUNCTION news_after FROM PUBLIC;
GRANT EXECUTE ON FUNCTION news_after TO parley_app;
