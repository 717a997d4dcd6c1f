-- Whether a message has what most have not.
CREATE OR REPLACE FUNCTION is_unlike_most(m messages) RETURNS boolean LANGUAGE sql IMMUTABLE
  RETURN m.rev > 0 OR m.payload IS NOT NULL OR m.imported OR m.reply_to IS NOT NULL OR m.mentions IS NOT NULL
    OR m.forwarded OR m.silent OR m.pinned_at IS NOT NULL OR m.extras IS NOT NULL;

-- The units of a message on a page; of one that is told elsewhere the seq alone.
CREATE OR REPLACE FUNCTION page_units(
  p_is_other boolean, p_id uuid, p_seq bigint, p_type text, p_created_at timestamptz, p_sender text, p_content text
) RETURNS text LANGUAGE sql STABLE
  RETURN CASE WHEN p_is_other THEN concat(E'\x1f', p_seq, E'\x1f\x1f\x1f\x1f')
    ELSE concat_ws(E'\x1f', p_id, p_seq, p_type, (date_part('epoch', p_created_at) * 1000000)::bigint, p_sender, to_json(p_content)) END;

-- A page as text, from the newest to the oldest, or from the oldest after p_after; null for whoever is not in the conversation. Three parts
-- with GS between: who wrote it, by id; messages that are not as most are, by seq, as message_fields(); and the page itself, in units with
-- US between, six for each message (ASCII's separators of groups and units, which JSON has only escaped, and no id has): id, seq,
-- type, microseconds since 1970, sender, content as JSON.
--
-- What a page costs, it costs fifty times: senders are looked up once, and whether the viewer may read is asked once. Who has hidden
-- some of the messages (few have) is shown the page by visible_messages, which looks at each.
CREATE OR REPLACE FUNCTION page_text(
  p_tenant text, p_viewer text, p_conversation uuid, p_before bigint, p_after bigint, p_limit integer
) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_material = off SET jit = off
AS $$
DECLARE
  -- not in the condition: row-level security takes coalesce() for something that may tell on rows, and keeps it from the index
  before_ bigint := coalesce(p_before, 9223372036854775807);
  after_ bigint;
  hides_ boolean;
  units text;
  senders text[];
  others bigint[];
  senders_ json;
  others_ json;
BEGIN
  PERFORM set_config('parley.tenant', p_tenant, true);
  SELECT visible_after(p), p.hides INTO after_, hides_ FROM participants p
  WHERE p.conversation_id = p_conversation AND p.user_id = p_viewer;
  IF after_ IS NULL THEN
    RETURN NULL;
  END IF;
  after_ := greatest(after_, p_after);
  IF hides_ AND p_after IS NULL THEN
    SELECT string_agg(page_units(true, NULL, x.seq, NULL, NULL, NULL, NULL), E'\x1f'), array_agg(x.seq) INTO units, others FROM (
      SELECT m.seq FROM visible_messages m
      WHERE m.viewer_id = p_viewer AND m.conversation_id = p_conversation AND m.seq > after_ AND m.seq < before_
      ORDER BY m.seq DESC LIMIT p_limit) x;
  ELSIF hides_ THEN
    SELECT string_agg(page_units(true, NULL, x.seq, NULL, NULL, NULL, NULL), E'\x1f'), array_agg(x.seq) INTO units, others FROM (
      SELECT m.seq FROM visible_messages m
      WHERE m.viewer_id = p_viewer AND m.conversation_id = p_conversation AND m.seq > after_
      ORDER BY m.seq LIMIT p_limit) x;
  ELSIF p_after IS NULL THEN
    SELECT array_agg(x.sender_id), array_agg(x.seq) FILTER (WHERE x.is_other),
      string_agg(page_units(x.is_other, x.id, x.seq, x.type, x.created_at, x.sender_id, x.content), E'\x1f')
    INTO senders, others, units FROM (
      SELECT m.id, m.seq, m.type, m.created_at, m.sender_id, m.content, is_unlike_most(m) AS is_other FROM messages m
      WHERE m.conversation_id = p_conversation AND m.seq > after_ AND m.seq < before_
      ORDER BY m.seq DESC LIMIT p_limit) x;
  ELSE
    SELECT array_agg(x.sender_id), array_agg(x.seq) FILTER (WHERE x.is_other),
      string_agg(page_units(x.is_other, x.id, x.seq, x.type, x.created_at, x.sender_id, x.content), E'\x1f')
    INTO senders, others, units FROM (
      SELECT m.id, m.seq, m.type, m.created_at, m.sender_id, m.content, is_unlike_most(m) AS is_other FROM messages m
      WHERE m.conversation_id = p_conversation AND m.seq > after_
      ORDER BY m.seq LIMIT p_limit) x;
  END IF;
  -- answers page_text.sender [name, avatar_url]
  SELECT json_object_agg(u.id, json_build_array(u.name, u.avatar_url)) INTO senders_
  FROM (SELECT DISTINCT s.id FROM unnest(senders) s (id)) s CROSS JOIN LATERAL user_of(p_tenant, s.id) u;
  IF others IS NOT NULL THEN
    SELECT json_object_agg(m.seq, message_fields(m, u.name, u.avatar_url)) INTO others_
    FROM visible_messages m LEFT JOIN LATERAL user_of(m.tenant_id, m.sender_id) u ON true
    WHERE m.viewer_id = p_viewer AND m.conversation_id = p_conversation AND m.seq = ANY (others);
  END IF;
  RETURN concat(senders_, E'\x1d', others_, E'\x1d', units);
END $$;
