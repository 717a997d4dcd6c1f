-- Whose presence among these a viewer may know: themself, and who is in a conversation with them now, without a block between the two,
-- where neither keeps it to themself; nobody who is disabled. Without a viewer it is the host that asks: no conversation and no block
-- counts. In no order.
--
-- For who is in more than 500 conversations it is looked for in those of the other, the 500 most recently active.
CREATE OR REPLACE FUNCTION presence_seen(p_tenant text, p_viewer text, p_among text[]) RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_material = off SET jit = off
AS $$
DECLARE
  most constant integer := 500;
  known text[] := p_among;
BEGIN
  PERFORM set_config('parley.tenant', p_tenant, true);
  IF p_viewer IS NOT NULL THEN
    IF (SELECT u.presence_hidden FROM users u WHERE u.tenant_id = p_tenant AND u.id = p_viewer) THEN
      known := '{}';
    ELSIF (SELECT count(*) FROM (
        SELECT FROM participants m WHERE m.tenant_id = p_tenant AND m.user_id = p_viewer AND m.left_at IS NULL LIMIT most + 1) x) <= most THEN
      known := ARRAY(
        SELECT DISTINCT o.user_id FROM participants m CROSS JOIN LATERAL people_of(m.conversation_id) o
        WHERE m.tenant_id = p_tenant AND m.user_id = p_viewer AND m.left_at IS NULL AND o.user_id = ANY (p_among));
    ELSE
      known := ARRAY(
        SELECT a.id FROM unnest(p_among) a (id)
        WHERE (
          SELECT true FROM (
            SELECT t.conversation_id FROM participants t
            WHERE t.tenant_id = p_tenant AND t.user_id = a.id AND t.left_at IS NULL
            ORDER BY t.listed_at DESC LIMIT most) theirs
          JOIN participants v ON v.conversation_id = theirs.conversation_id AND v.user_id = p_viewer AND v.left_at IS NULL
          LIMIT 1));
    END IF;
    known := ARRAY(
      SELECT k.id FROM unnest(known) k (id)
      WHERE NOT EXISTS (SELECT FROM blocks b WHERE b.tenant_id = p_tenant AND b.blocker_id = p_viewer AND b.blocked_id = k.id)
        AND NOT EXISTS (SELECT FROM blocks b WHERE b.tenant_id = p_tenant AND b.blocker_id = k.id AND b.blocked_id = p_viewer));
  END IF;
  RETURN (
    -- answers presence_seen.user [user_id, host_role, last_seen_at]
    SELECT coalesce(json_agg(json_build_array(u.id, u.host_role, epoch_ms(l.at))), '[]')
    FROM unnest(p_among) a (id)
    JOIN LATERAL user_of(p_tenant, a.id) u ON true
    LEFT JOIN last_seen l ON l.tenant_id = u.tenant_id AND l.user_id = u.id
    WHERE u.disabled_at IS NULL
      AND (u.id IS NOT DISTINCT FROM p_viewer OR (NOT u.presence_hidden AND u.id = ANY (known))));
END $$;
