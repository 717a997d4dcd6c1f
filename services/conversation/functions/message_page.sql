-- For replicas of the former release: as page_text(), in lists with a value for each message and, by their seqs, what only some have.
CREATE OR REPLACE FUNCTION message_page(
  p_tenant text, p_viewer text, p_conversation uuid, p_before bigint, p_after bigint, p_limit integer
) RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_material = off SET jit = off
AS $$
DECLARE
  -- not in the condition: row-level security takes coalesce() for something that may tell on rows, and keeps it from the index
  before_ bigint := coalesce(p_before, 9223372036854775807);
  after_ bigint;
BEGIN
  PERFORM set_config('parley.tenant', p_tenant, true);
  SELECT visible_after(p) INTO after_ FROM participants p
  WHERE p.conversation_id = p_conversation AND p.user_id = p_viewer;
  IF after_ IS NULL THEN
    RETURN NULL;
  END IF;
  IF p_after IS NOT NULL THEN
    after_ := greatest(after_, p_after);
    RETURN (
      -- answers message_page [ids, seqs, sender_ids, types, contents, created_ats, names, avatar_urls, more]
      SELECT json_build_array(json_agg(x.id), json_agg(x.seq), json_agg(x.sender_id), json_agg(x.type), json_agg(x.content),
        json_agg(epoch_ms(x.created_at)), json_agg(x.name), json_agg(x.avatar_url),
        json_object_agg(x.seq, x.more) FILTER (WHERE x.more IS NOT NULL))
      FROM (
        SELECT m.id, m.seq, m.sender_id, m.type, m.content, m.created_at, u.name, u.avatar_url, more_fields(m) AS more
        FROM visible_messages m LEFT JOIN LATERAL user_of(m.tenant_id, m.sender_id) u ON true
        WHERE m.viewer_id = p_viewer AND m.conversation_id = p_conversation AND m.seq > after_
        ORDER BY m.seq LIMIT p_limit) x);
  END IF;
  RETURN (
    -- answers message_page [ids, seqs, sender_ids, types, contents, created_ats, names, avatar_urls, more]
    SELECT json_build_array(json_agg(x.id), json_agg(x.seq), json_agg(x.sender_id), json_agg(x.type), json_agg(x.content),
      json_agg(epoch_ms(x.created_at)), json_agg(x.name), json_agg(x.avatar_url),
      json_object_agg(x.seq, x.more) FILTER (WHERE x.more IS NOT NULL))
    FROM (
      SELECT m.id, m.seq, m.sender_id, m.type, m.content, m.created_at, u.name, u.avatar_url, more_fields(m) AS more
      FROM visible_messages m LEFT JOIN LATERAL user_of(m.tenant_id, m.sender_id) u ON true
      WHERE m.viewer_id = p_viewer AND m.conversation_id = p_conversation AND m.seq > after_ AND m.seq < before_
      ORDER BY m.seq DESC LIMIT p_limit) x);
END $$;
