-- What is not to be found yet, of the next events of the log: as many of those as hold about p_limit changes. It waits for nobody and
-- changes nothing: index_messages() takes the words of these, and moves on. Who finds that some events are gone fills all in again.
CREATE OR REPLACE FUNCTION unlisted_events(p_limit integer) RETURNS json
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off
AS $$
DECLARE
  now_at search_progress;
  next record;
BEGIN
  SELECT p.* INTO now_at FROM search_progress p;
  SELECT * INTO next FROM next_events(now_at.read_to, now_at.missing, now_at.missing_till, p_limit);
  -- answers unlisted_events [version, read_to, missing, missing_till, lost, generation, changes, messages]
  RETURN json_build_array(now_at.version, next.read_to, next.missing, next.missing_till, next.lost, now_at.generation,
    cardinality(next.ids), (
    SELECT coalesce(json_agg(unlisted_fields(m)), '[]')
    FROM (
      SELECT DISTINCT c.conversation_id, c.seq
      FROM events e, unnest(e.conversation_ids, e.seqs) AS c (conversation_id, seq)
      WHERE e.id = ANY (next.ids) AND e.type LIKE 'message.%') c
    JOIN messages m ON m.conversation_id = c.conversation_id AND m.seq = c.seq
    WHERE m.deleted_at IS NULL AND m.type <> 'system'
      AND NOT EXISTS (SELECT FROM message_search s WHERE s.conversation_id = m.conversation_id AND s.seq = m.seq)));
END $$;

-- The next messages that are to be filled in, from the newest to the oldest. A step that finds none has still to be taken: it is the last
-- one. Afterwards there are no steps (filling is false).
CREATE OR REPLACE FUNCTION unlisted_before(p_limit integer) RETURNS json
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET enable_sort = off SET jit = off
AS $$
DECLARE
  now_at search_progress;
  ids uuid[];
BEGIN
  SELECT p.* INTO now_at FROM search_progress p;
  ids := ARRAY(SELECT m.id FROM messages m WHERE m.id < now_at.filled_to ORDER BY m.id DESC LIMIT p_limit);
  -- answers unlisted_before [version, filled_to, count, filled, generation, messages, filling]
  RETURN json_build_array(now_at.version, CASE WHEN cardinality(ids) = p_limit THEN ids[p_limit] END, cardinality(ids),
    now_at.filled, now_at.generation, (
    SELECT coalesce(json_agg(unlisted_fields(m)), '[]')
    FROM unnest(ids) i (id) JOIN messages m ON m.id = i.id
    WHERE m.deleted_at IS NULL AND m.type <> 'system' AND NOT EXISTS (
      SELECT FROM message_search s
      WHERE s.conversation_id = m.conversation_id AND s.seq = m.seq AND s.generation = now_at.generation)),
    now_at.filled_to IS NOT NULL);
END $$;

-- answers unlisted_fields [tenant_id, conversation_id, seq, rev, type, content, payload, attachment_names]
CREATE OR REPLACE FUNCTION unlisted_fields(m messages) RETURNS json LANGUAGE sql STABLE
AS $$ SELECT json_build_array(m.tenant_id, m.conversation_id, m.seq, m.rev, m.type, m.content, m.payload,
  jsonb_path_query_array(m.extras, '$.attachments[*].name')) $$;

-- What narrows a search beside words, each as a term of its own: day, month of 32 days, conversation and sender.
CREATE OR REPLACE FUNCTION search_marks(p_key text, p_conversation uuid, p_sender text, p_at timestamptz) RETURNS text[]
LANGUAGE sql IMMUTABLE
AS $$
  SELECT ARRAY[p_key || 'd' || floor(extract(epoch FROM p_at) / 86400), p_key || 'm' || floor(extract(epoch FROM p_at) / 2764800),
    p_key || 'c' || right(p_conversation::text, 12), p_key || 's' || left(md5(p_sender), 8)]
$$;

-- Takes the words of messages that were read at these revisions, in order, and says that it has come so far. One that has changed
-- since is left to the event of that change: its row is locked while that is looked at, so that whoever changes it comes after, and takes
-- the words away again. False: somebody else has done this step, or another one, and nothing happens.
CREATE OR REPLACE FUNCTION index_messages(
  p_version bigint, p_generation integer, p_read_to bigint, p_missing bigint[], p_missing_till bigint[], p_refill boolean,
  p_filled_to uuid, p_filled integer, p_keys text[], p_conversations uuid[], p_seqs bigint[], p_revs bigint[], p_terms text[]
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan SET lock_timeout = '200ms'
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET enable_sort = off SET jit = off
AS $$
BEGIN
  PERFORM FROM search_progress p WHERE p.version = p_version FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  INSERT INTO message_search AS s (conversation_id, seq, tenant_id, sender_id, type, created_at, generation, terms)
  SELECT m.conversation_id, m.seq, m.tenant_id, m.sender_id, m.type, m.created_at, p_generation,
    i.terms::tsvector || array_to_tsvector(search_marks(i.key, m.conversation_id, m.sender_id, m.created_at))
  FROM unnest(p_keys, p_conversations, p_seqs, p_revs, p_terms) AS i (key, conversation_id, seq, rev, terms)
  CROSS JOIN LATERAL (
    SELECT x.* FROM messages x WHERE x.conversation_id = i.conversation_id AND x.seq = i.seq FOR SHARE) m
  WHERE m.rev = i.rev AND m.deleted_at IS NULL
  ON CONFLICT ON CONSTRAINT message_search_pk DO UPDATE SET generation = excluded.generation, terms = excluded.terms;
  IF p_read_to IS NOT NULL THEN
    UPDATE search_progress SET version = version + 1, read_to = p_read_to, missing = p_missing, missing_till = p_missing_till,
      filled_to = CASE WHEN p_refill THEN 'ffffffff-ffff-ffff-ffff-ffffffffffff' ELSE filled_to END;
  ELSE
    UPDATE search_progress SET version = version + 1, filled_to = p_filled_to, filled = filled + p_filled;
  END IF;
  RETURN true;
END $$;

-- Makes the projection anew beside the one that is there, which serves until each row is replaced.
CREATE OR REPLACE FUNCTION reindex_messages() RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
  UPDATE search_progress SET version = version + 1, generation = generation + 1, filled = 0,
    filled_to = 'ffffffff-ffff-ffff-ffff-ffffffffffff'
$$;

-- How the projection stands: seconds since the first event that has not been read, whether messages are being filled in, and how many
-- of about how many that were.
CREATE OR REPLACE FUNCTION search_state() RETURNS json
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
BEGIN
  -- answers search_state [lag_seconds, filling, filled, messages]
  RETURN (SELECT json_build_array(
      coalesce(extract(epoch FROM clock_timestamp() - (SELECT e.at FROM events e WHERE e.id > p.read_to ORDER BY e.id LIMIT 1)), 0),
      p.filled_to IS NOT NULL, p.filled,
      (SELECT greatest(c.reltuples, 0)::bigint FROM pg_class c WHERE c.oid = 'messages'::regclass))
    FROM search_progress p);
END $$;

REVOKE ALL ON FUNCTION unlisted_events, unlisted_before, index_messages, reindex_messages, search_state FROM PUBLIC;
GRANT EXECUTE ON FUNCTION unlisted_events, unlisted_before, index_messages, reindex_messages, search_state TO parley_app;
