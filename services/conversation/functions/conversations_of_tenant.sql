-- A page of all conversations of a tenant, the most recently active first, from behind a place (p_before, p_before_id) on.
--
-- They are walked by conversations.listed_at as somebody's own list is (list_conversations): whatever is active since `floor_` stands
-- after `floor_` less an hour there. Where few are wanted, the walk ends when p_most were looked at: a page may then hold fewer, and
-- `stopped_at` is the moment that it has come to. Those of one person or of one context are the only ones looked at.
CREATE OR REPLACE FUNCTION conversations_of_tenant(
  p_tenant text, p_kind text, p_status text, p_context_type text, p_context_id text, p_user text,
  p_before timestamptz, p_before_id uuid, p_limit integer, p_most integer
) RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_material = off SET jit = off
AS $$
DECLARE
  exact constant text := 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"';
  -- one more says that there is more
  wanted constant integer := p_limit + 1;
  few uuid[];
  floor_ timestamptz := '-infinity';
  stretch integer := 2 * wanted;
  ids uuid[];
  places timestamptz[];
BEGIN
  PERFORM set_config('parley.tenant', p_tenant, true);
  IF p_user IS NOT NULL THEN
    few := ARRAY(SELECT p.conversation_id FROM participants p
      WHERE p.tenant_id = p_tenant AND p.user_id = p_user AND p.left_at IS NULL);
  ELSIF p_context_type IS NOT NULL AND p_context_id IS NOT NULL THEN
    few := ARRAY(SELECT c.id FROM conversations c
      WHERE c.tenant_id = p_tenant AND c.context_type = p_context_type AND c.context_id = p_context_id);
  END IF;
  LOOP
    IF few IS NULL THEN
      SELECT c.listed_at INTO floor_ FROM conversations c
      WHERE c.tenant_id = p_tenant AND c.created_at > '-infinity' AND c.listed_at <= p_before ORDER BY c.listed_at DESC OFFSET stretch LIMIT 1;
      floor_ := coalesce(floor_, '-infinity');
    END IF;
    SELECT coalesce(array_agg(x.id ORDER BY x.ord), '{}'), coalesce(array_agg(x.activity ORDER BY x.ord), '{}')
    INTO ids, places FROM (
      SELECT y.id, y.activity, row_number() OVER (ORDER BY y.activity DESC, y.id DESC) AS ord
      FROM (
        SELECT c.id, coalesce(c.last_message_at, c.created_at) AS activity, c.kind, c.status, c.context_type, c.context_id
        FROM conversations c
        WHERE few IS NULL AND c.tenant_id = p_tenant AND c.created_at > '-infinity'
          AND c.listed_at <= p_before AND c.listed_at > floor_ - interval '1 hour'
        UNION ALL
        -- whose place is not known yet
        SELECT c.id, coalesce(c.last_message_at, c.created_at), c.kind, c.status, c.context_type, c.context_id
        FROM conversations c
        WHERE few IS NULL AND c.tenant_id = p_tenant AND c.created_at > '-infinity' AND c.listed_at IS NULL
        UNION ALL
        SELECT c.id, coalesce(c.last_message_at, c.created_at), c.kind, c.status, c.context_type, c.context_id
        FROM conversations c WHERE c.id = ANY (few)) y
      WHERE y.activity >= floor_ AND (y.activity, y.id) < (p_before, p_before_id)
        AND (p_kind IS NULL OR y.kind = p_kind)
        AND (p_status IS NULL OR y.status = p_status)
        AND (p_context_type IS NULL OR y.context_type = p_context_type)
        AND (p_context_id IS NULL OR y.context_id = p_context_id)
      ORDER BY y.activity DESC, y.id DESC LIMIT wanted) x;
    EXIT WHEN cardinality(ids) >= wanted OR floor_ = '-infinity' OR stretch >= p_most;
    stretch := least(8 * stretch, p_most);
  END LOOP;
  -- answers conversations_of_tenant [ids, places, stopped_at]
  RETURN json_build_array(
    to_json(ids),
    (SELECT coalesce(json_agg(to_char(u.place AT TIME ZONE 'UTC', exact) ORDER BY u.ord), '[]')
      FROM unnest(places) WITH ORDINALITY u (place, ord)),
    CASE WHEN cardinality(ids) < wanted AND floor_ > '-infinity' THEN to_char(floor_ AT TIME ZONE 'UTC', exact) END);
END $$;
