-- Looks through so many more versions of messages, and takes the words out of those whose message was deleted for everyone: those that
-- are deleted now lose them by themselves (empty_history). Returns how many it has looked at. Replicas take turns.
CREATE OR REPLACE FUNCTION clean_histories(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  from_ uuid;
  ids uuid[];
BEGIN
  SELECT p.done_to INTO from_ FROM histories_progress p FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  -- a message whose versions are cut off here is done with all of them
  SELECT coalesce(array_agg(x.message_id), '{}') INTO ids FROM (
    SELECT e.message_id FROM message_edits e WHERE e.message_id > from_ ORDER BY e.message_id LIMIT p_limit) x;
  UPDATE message_edits e SET content = ''
  FROM messages m WHERE e.message_id = ANY (ids) AND m.id = e.message_id AND m.deleted_at IS NOT NULL AND e.content <> '';
  IF cardinality(ids) < p_limit THEN
    DELETE FROM histories_progress;
  ELSE
    UPDATE histories_progress SET done_to = ids[p_limit];
  END IF;
  RETURN cardinality(ids);
END $$;

REVOKE ALL ON FUNCTION clean_histories FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clean_histories TO parley_app;
