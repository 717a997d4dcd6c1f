-- Sees to it that somebody looks at each of these conversations in so many milliseconds, for whom to tell. Returns of each in how many that
-- is; null while somebody looks, who comes again then. A look that comes within the delay stays where it is, so that whoever knows of it
-- may leave to it what happens before; one that waits for more than that comes sooner. One that failed does so as well, so that people are
-- told in time when what it failed for is over, and that is none of the tries that it has.
CREATE OR REPLACE FUNCTION want_looks(
  p_tenants text[], p_conversations uuid[], p_due_ms double precision[], p_delay_ms double precision
) RETURNS TABLE (ord bigint, due_in double precision)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = notifier, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
  late timestamptz := clock_timestamp() + p_delay_ms * interval '1 millisecond';
BEGIN
  INSERT INTO jobs (tenant_id, kind, key, due_at, run_at, payload)
  SELECT i.tenant, 'look', i.conversation::text, w.at, w.at, '{}'
  FROM unnest(p_tenants, p_conversations, p_due_ms) i (tenant, conversation, due_ms)
  CROSS JOIN LATERAL (SELECT clock_timestamp() + i.due_ms * interval '1 millisecond' AS at) w
  -- in one order, so that two who want several never wait for each other
  ORDER BY i.tenant, i.conversation
  ON CONFLICT ON CONSTRAINT jobs_key DO UPDATE SET
    again_at = CASE WHEN jobs.claim IS NOT NULL THEN least(jobs.again_at, excluded.run_at) END,
    run_at = CASE WHEN jobs.claim IS NOT NULL THEN jobs.run_at ELSE excluded.run_at END,
    attempts = CASE WHEN jobs.parked_at IS NOT NULL THEN 0
      WHEN jobs.claim IS NOT NULL THEN jobs.attempts
      ELSE greatest(jobs.attempts - 1, 0) END,
    parked_at = NULL
  WHERE jobs.parked_at IS NOT NULL
    OR (jobs.claim IS NOT NULL AND (jobs.again_at IS NULL OR jobs.again_at > excluded.run_at))
    OR (jobs.claim IS NULL AND jobs.run_at > late);
  RETURN QUERY
    SELECT i.ord, CASE WHEN j.claim IS NULL THEN extract(epoch FROM j.run_at - clock_timestamp())::double precision * 1000 END
    FROM unnest(p_tenants, p_conversations) WITH ORDINALITY i (tenant, conversation, ord)
    JOIN jobs j ON j.tenant_id = i.tenant AND j.kind = 'look' AND j.key = i.conversation::text;
END $$;

-- Of these who have read so far, those to whom that is news: what they were told of is unread still.
CREATE OR REPLACE FUNCTION news_read(p_tenants text[], p_conversations uuid[], p_users text[], p_seqs bigint[]) RETURNS TABLE (ord bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = notifier, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
BEGIN
  RETURN QUERY
    SELECT i.ord FROM unnest(p_tenants, p_conversations, p_users, p_seqs) WITH ORDINALITY i (tenant, conversation, user_id, seq, ord)
    JOIN notifications n ON n.tenant_id = i.tenant AND n.user_id = i.user_id AND n.conversation_id = i.conversation
      AND n.read_at IS NULL AND n.from_seq <= i.seq;
END $$;

-- Lets go of notifications that were read 90 days ago, so many at once; returns how many there were.
CREATE OR REPLACE FUNCTION forget_notifications(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = notifier, pg_temp SET enable_seqscan = off
AS $$
DECLARE
  forgotten integer;
BEGIN
  DELETE FROM notifications WHERE id = ANY (ARRAY(
    SELECT n.id FROM notifications n WHERE n.read_at < now() - interval '90 days' ORDER BY n.read_at LIMIT p_limit));
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  RETURN forgotten;
END $$;

REVOKE ALL ON FUNCTION want_looks, news_read, forget_notifications FROM PUBLIC;
GRANT EXECUTE ON FUNCTION want_looks, news_read, forget_notifications TO parley_notifier;
