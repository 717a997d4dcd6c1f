-- What JetStream has acknowledged leaves the outbox.
CREATE OR REPLACE FUNCTION acknowledge_events(p_acked bigint[]) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$ DELETE FROM outbox o WHERE o.event_id = ANY (p_acked) $$;

-- Relay: takes what was not acknowledged in time, for ten seconds, so that a relay that dies gives it back. It says which types
-- of events it can tell: the others are left to those that know them. No leader and no advisory lock: those do not survive a
-- pooler between transactions.
CREATE OR REPLACE FUNCTION claim_events(p_limit integer, p_older_than interval, p_types text[]) RETURNS TABLE (
  event_id bigint, event_at timestamptz, type text, tenant_ids text[], conversation_ids uuid[], seqs bigint[], revs bigint[],
  user_ids text[], attempts integer)
LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
  WITH due AS (
    SELECT o.event_id FROM outbox o LEFT JOIN events e ON e.id = o.event_id AND e.at = o.event_at
    WHERE o.event_at < now() - p_older_than AND o.parked_at IS NULL
      AND (o.claimed_until IS NULL OR o.claimed_until < now())
      AND (e.type IS NULL OR e.type = ANY (p_types))
    ORDER BY o.event_id LIMIT p_limit FOR UPDATE OF o SKIP LOCKED
  ), claimed AS (
    UPDATE outbox o SET claimed_until = clock_timestamp() + interval '10 seconds'
    FROM due WHERE o.event_id = due.event_id RETURNING o.event_id, o.event_at, o.attempts
  )
  SELECT c.event_id, c.event_at, e.type, e.tenant_ids, e.conversation_ids, e.seqs, e.revs, e.user_ids, c.attempts
  FROM claimed c LEFT JOIN events e ON e.id = c.event_id AND e.at = c.event_at
  ORDER BY c.event_id
$$;

-- As replicas of the first release call it, which know these types of events.
CREATE OR REPLACE FUNCTION claim_events(p_limit integer, p_older_than interval) RETURNS TABLE (
  event_id bigint, event_at timestamptz, type text, tenant_ids text[], conversation_ids uuid[], seqs bigint[], revs bigint[],
  user_ids text[], attempts integer)
LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
  SELECT * FROM claim_events(p_limit, p_older_than, ARRAY['conversation.created', 'message.created', 'message.updated',
    'message.deleted', 'messages.read', 'participant.joined', 'participant.left'])
$$;

-- An event that was refused for what it is, not for a fault on the way, goes aside after the fifth time.
CREATE OR REPLACE FUNCTION refuse_event(p_event bigint) RETURNS boolean
LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
  UPDATE outbox o SET attempts = o.attempts + 1, parked_at = CASE WHEN o.attempts + 1 >= 5 THEN clock_timestamp() END
  WHERE o.event_id = p_event RETURNING o.parked_at IS NOT NULL
$$;

-- For whoever watches: how many events wait for the stream, for how long the first of them has, and how many went aside. What is acknowledged
-- is deleted, so that few are there; they are counted no further than asked for.
CREATE OR REPLACE FUNCTION outbox_state(p_most integer) RETURNS TABLE (depth bigint, age_seconds double precision, parked bigint)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
  SELECT
    (SELECT count(*) FROM (SELECT FROM outbox o WHERE o.parked_at IS NULL ORDER BY o.event_id LIMIT p_most) waiting),
    COALESCE((SELECT greatest(0, extract(epoch FROM clock_timestamp() - o.event_at))::double precision
      FROM outbox o WHERE o.parked_at IS NULL ORDER BY o.event_id LIMIT 1), 0),
    (SELECT count(*) FROM (SELECT FROM outbox o WHERE o.parked_at IS NOT NULL LIMIT p_most) aside)
$$;

-- Puts events back into the outbox, for a stream that was lost; announcements are in no stream. Returns how many rows wait now.
CREATE OR REPLACE FUNCTION replay_events(p_since timestamptz) RETURNS bigint
LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
  WITH again AS (
    INSERT INTO outbox (event_id, event_at) SELECT e.id, e.at FROM events e
    WHERE e.at >= p_since AND e.type NOT IN ('broadcast.sent', 'report.opened', 'report.decided')
    ON CONFLICT ON CONSTRAINT outbox_pk DO UPDATE SET claimed_until = NULL, attempts = 0, parked_at = NULL
    RETURNING 1)
  SELECT count(*) FROM again
$$;

REVOKE ALL ON FUNCTION acknowledge_events,
  claim_events(integer, interval, text[]),
  claim_events(integer, interval),
  refuse_event,
  outbox_state,
  replay_events FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acknowledge_events,
  claim_events(integer, interval, text[]),
  claim_events(integer, interval),
  refuse_event,
  outbox_state,
  replay_events TO parley_app;
