-- Whether exactly two talk in a conversation: a block between them stops both. Who moderates it is not counted.
CREATE OR REPLACE FUNCTION is_of_two(p_conversation uuid) RETURNS boolean LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
BEGIN
  RETURN (SELECT count(*) = 2 FROM (
    SELECT 1 FROM participants p
    WHERE p.conversation_id = p_conversation AND coalesce(p.left_at, 'infinity') = 'infinity' AND p.via IS DISTINCT FROM 'admin'
    LIMIT 3) talking);
END $$;
