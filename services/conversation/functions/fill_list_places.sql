-- Gives so many more participants their place in lists (participants.listed_at) who were there before there was one; returns how many.
-- Conversations that somebody else has locked are left for later.
CREATE OR REPLACE FUNCTION fill_list_places(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  wanted uuid[];
  locked uuid[];
  filled integer;
BEGIN
  SELECT array_agg(x.conversation_id) INTO wanted FROM (
    SELECT p.conversation_id FROM participants p WHERE p.listed_at IS NULL ORDER BY p.tenant_id, p.user_id LIMIT p_limit) x;
  SELECT array_agg(l.id) INTO locked FROM (
    SELECT c.id FROM conversations c WHERE c.id = ANY (wanted) ORDER BY c.id FOR NO KEY UPDATE SKIP LOCKED) l;
  UPDATE conversations c SET listed_at = coalesce(c.last_message_at, c.created_at) WHERE c.id = ANY (locked) AND c.listed_at IS NULL;
  UPDATE participants p SET listed_at = c.listed_at
  FROM conversations c WHERE c.id = ANY (locked) AND p.conversation_id = c.id AND p.listed_at IS NULL;
  GET DIAGNOSTICS filled = ROW_COUNT;
  -- as many as were asked for, or more are left only when something has been done
  RETURN CASE WHEN filled > 0 THEN coalesce(cardinality(wanted), 0) ELSE 0 END;
END $$;

REVOKE ALL ON FUNCTION fill_list_places FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fill_list_places TO parley_app;
