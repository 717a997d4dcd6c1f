-- Users in whose names there are words that begin like those of the query, in the order of the words and names, each once; from
-- behind (p_after_term, p_after_user) on. With a viewer only those whom they are in a conversation with.
--
-- No more than 2,000 names are looked through: where these are not all, `stopped_at` is the last of them. Of somebody in very many
-- conversations, those made last are looked through.
CREATE OR REPLACE FUNCTION search_users(
  p_tenant text, p_viewer text, p_with_disabled boolean, p_query text, p_after_term text, p_after_user text, p_limit integer
) RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_material = off SET jit = off
AS $$
DECLARE
  most constant integer := 2000;
  words text[] := name_words(p_query);
  lead text COLLATE "C" := (SELECT w FROM unnest(words) w ORDER BY length(w) DESC, w LIMIT 1);
  -- what LIKE reads is in words of nothing but signs
  patterns text[] := ARRAY(SELECT '% ' || regexp_replace(w, '([\\%_])', '\\\1', 'g') || '%' FROM unnest(words) w);
  beyond text COLLATE "C" := lead || U&'\+10FFFF';
  from_term text COLLATE "C" := greatest(lead, p_after_term COLLATE "C");
  found json;
  stopped_at json;
BEGIN
  PERFORM set_config('parley.tenant', p_tenant, true);
  IF p_viewer IS NULL THEN
    SELECT json_agg(x.fields) INTO found FROM (
      -- answers search_users.user [term, user_id, name, avatar_url]
      SELECT json_build_array(s.term, s.user_id, u.name, u.avatar_url) AS fields
      FROM (
        SELECT t.term, t.before, t.user_id FROM user_terms t
        WHERE t.tenant_id = p_tenant AND t.term >= from_term AND t.term < beyond
          AND (t.term, t.user_id) > (p_after_term, p_after_user)
        ORDER BY t.term, t.user_id LIMIT most) s
      JOIN LATERAL user_of(p_tenant, s.user_id COLLATE "default") u ON true
      WHERE ' ' || s.term LIKE ALL (patterns)
        AND NOT starts_with(s.before, lead)
        AND (p_with_disabled OR u.disabled_at IS NULL)
      ORDER BY s.term, s.user_id LIMIT p_limit) x;
    IF coalesce(json_array_length(found), 0) < p_limit THEN
      -- answers search_users.place [term, user_id]
      SELECT json_build_array(t.term, t.user_id) INTO stopped_at FROM user_terms t
      WHERE t.tenant_id = p_tenant AND t.term >= from_term AND t.term < beyond
        AND (t.term, t.user_id) > (p_after_term, p_after_user)
      ORDER BY t.term, t.user_id OFFSET most - 1 LIMIT 1;
    END IF;
  ELSE
    SELECT json_agg(x.fields) INTO found FROM (
      -- answers search_users.user [term, user_id, name, avatar_url]
      SELECT json_build_array(s.term, s.user_id, u.name, u.avatar_url) AS fields
      FROM (
        SELECT DISTINCT o.user_id FROM (
          SELECT o.user_id
          FROM (
            SELECT m.conversation_id FROM participants m
            WHERE m.tenant_id = p_tenant AND m.user_id = p_viewer AND m.left_at IS NULL
            ORDER BY m.conversation_id DESC LIMIT 2000) mine
          CROSS JOIN LATERAL people_of(mine.conversation_id) o LIMIT 10000) o) a
      JOIN LATERAL user_of(p_tenant, a.user_id) u ON true
      CROSS JOIN LATERAL (
        SELECT t.term, t.user_id FROM user_terms t
        WHERE t.tenant_id = p_tenant AND t.user_id = a.user_id COLLATE "C" AND t.term >= lead AND t.term < beyond
        ORDER BY t.term LIMIT 1) s
      WHERE (s.term, s.user_id) > (p_after_term, p_after_user)
        AND ' ' || s.term LIKE ALL (patterns)
        AND (p_with_disabled OR u.disabled_at IS NULL)
      ORDER BY s.term, s.user_id LIMIT p_limit) x;
  END IF;
  -- answers search_users [users, stopped_at]
  RETURN json_build_array(coalesce(found, '[]'), stopped_at);
END $$;
