-- For replicas of the former release: as message_page(), [message, ...] from the newest to the oldest, or from the oldest after p_after; null for whoever is not in it.
CREATE OR REPLACE FUNCTION page_of_messages(
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
    RETURN (SELECT coalesce(json_agg(x.fields), '[]') FROM (
      SELECT message_fields(m, u.name, u.avatar_url) AS fields
      FROM visible_messages m LEFT JOIN users u ON u.tenant_id = m.tenant_id AND u.id = m.sender_id
      WHERE m.viewer_id = p_viewer AND m.conversation_id = p_conversation AND m.seq > after_
      ORDER BY m.seq LIMIT p_limit) x);
  END IF;
  RETURN (SELECT coalesce(json_agg(x.fields), '[]') FROM (
    SELECT message_fields(m, u.name, u.avatar_url) AS fields
    FROM visible_messages m LEFT JOIN users u ON u.tenant_id = m.tenant_id AND u.id = m.sender_id
    WHERE m.viewer_id = p_viewer AND m.conversation_id = p_conversation
      AND m.seq > after_ AND m.seq < before_
    ORDER BY m.seq DESC LIMIT p_limit) x);
END $$;
