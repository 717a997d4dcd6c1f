-- The hot path: many sends, of any conversations and tenants, in one call and one commit (design section 3).
--
-- Nothing may change what is checked here (membership, status, being disabled) without holding the same conversation locks,
-- so no send slips past a refusal that was committed before it.
--
-- The planner is held to index probes. A batch is an array parameter whose size it cannot know, and a plan that joins by
-- hash or scan is fine on an empty table and ruinous on a full one, for as long as the prepared plan lives. Each table is
-- probed by the input alone: with columns of two tables in one probe, only the first became the index condition, and every
-- message read all the earlier ones of its conversation. And `left_at` is compared so that the partial index of a user's
-- conversations does not fit: on a small table its whole length looked cheaper than the primary key.
--
-- p_wait false: conversations that someone else has locked are left out and their items answered 'locked', so that they
-- cost the others nothing. p_wait true: wait for them, all in id order, at most lock_timeout.
--
-- Times leave in whole milliseconds, cut off like every later read of the same row.
--
-- Returns { event, items: [[verdict, seq, id, created_at ms, rev, sender name, sender avatar], ...] in input order,
-- audiences: [[conversation, participants_version, [user, ...] | null], ...] }. A verdict is 'fresh', 'duplicate', 'locked' or
-- an error code. No ids as keys: to a client that decodes JSON, each new key is a new kind of object.
CREATE FUNCTION append_messages(
  p_tenants text[], p_conversations uuid[], p_senders text[], p_client_ids text[], p_hashes text[],
  p_ids uuid[], p_types text[], p_contents text[], p_acked bigint[], p_wait boolean
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  locked uuid[];
  now_ timestamptz;
  result json;
BEGIN
  IF cardinality(p_acked) > 0 THEN
    DELETE FROM outbox o WHERE o.event_id = ANY (p_acked);
  END IF;

  IF p_wait THEN
    SELECT array_agg(l.id) INTO locked FROM (
      SELECT c.id FROM conversations c WHERE c.id = ANY (p_conversations) ORDER BY c.id FOR NO KEY UPDATE) l;
  ELSE
    SELECT array_agg(l.id) INTO locked FROM (
      SELECT c.id FROM conversations c WHERE c.id = ANY (p_conversations) ORDER BY c.id FOR NO KEY UPDATE SKIP LOCKED) l;
  END IF;
  now_ := clock_timestamp();

  -- A new statement has a new snapshot (READ COMMITTED): it sees what the previous holders of the locks committed. In the
  -- statement that waited for them it would not.
  WITH checked AS MATERIALIZED (
    SELECT i.*, c.last_seq, c.rev, u.name, u.avatar_url,
      greatest(now_, c.last_message_at) AS at,
      d.seq AS dup_seq, d.id AS dup_id, d.created_at AS dup_at,
      CASE
        WHEN c.id IS NULL THEN 'not_found'
        WHEN NOT c.id = ANY (locked) OR locked IS NULL THEN 'locked'
        WHEN d.body_hash = i.hash THEN 'duplicate'
        WHEN d.body_hash IS NOT NULL THEN 'key_reused'
        WHEN p.user_id IS NULL OR p.left_at IS NOT NULL THEN 'not_found'
        WHEN u.disabled_at IS NOT NULL THEN 'forbidden'
        WHEN c.status = 'closed' OR c.closes_at <= now_ THEN 'conversation_closed'
        WHEN c.status = 'read_only' THEN 'conversation_read_only'
        ELSE 'fresh'
      END AS verdict
    FROM unnest(p_tenants, p_conversations, p_senders, p_client_ids, p_hashes, p_ids, p_types, p_contents)
      WITH ORDINALITY AS i (tenant, conversation, sender, client_id, hash, id, type, content, ord)
    LEFT JOIN conversations c ON c.id = i.conversation AND c.tenant_id = i.tenant
    LEFT JOIN participants p ON p.conversation_id = i.conversation AND p.user_id = i.sender AND p.tenant_id = i.tenant
    LEFT JOIN messages d ON uuid_send(d.conversation_id) = uuid_send(i.conversation) AND d.sender_id = i.sender AND d.client_id = i.client_id
    LEFT JOIN users u ON u.tenant_id = i.tenant AND u.id = i.sender
  ), numbered AS MATERIALIZED (
    SELECT k.*, k.last_seq + row_number() OVER (PARTITION BY k.conversation, k.verdict ORDER BY k.ord) AS seq
    FROM checked k
  ), inserted AS (
    INSERT INTO messages (conversation_id, seq, id, tenant_id, sender_id, type, content, client_id, body_hash, created_at)
    SELECT n.conversation, n.seq, n.id, n.tenant, n.sender, n.type, n.content, n.client_id, n.hash, n.at
    FROM numbered n WHERE n.verdict = 'fresh'
  ), ends AS MATERIALIZED (
    SELECT n.conversation, max(n.seq) AS seq, max(n.at) AS at
    FROM numbered n WHERE n.verdict = 'fresh' GROUP BY n.conversation
  ), moved AS (
    UPDATE conversations c SET last_seq = e.seq, last_message_at = e.at, updated_at = e.at
    FROM ends e WHERE c.id = e.conversation
  ), read AS (
    -- sending says that what stands before was read
    UPDATE participants p SET last_read_seq = s.seq, unread_from = NULL
    FROM (SELECT n.conversation, n.sender, max(n.seq) AS seq
          FROM numbered n WHERE n.verdict = 'fresh' GROUP BY n.conversation, n.sender) s
    WHERE p.conversation_id = s.conversation AND p.user_id = s.sender
  ), happened AS (
    INSERT INTO events (at, type, tenant_ids, conversation_ids, seqs, revs)
    SELECT now_, 'message.created', array_agg(n.tenant), array_agg(n.conversation), array_agg(n.seq), array_agg(n.rev)
    FROM numbered n WHERE n.verdict = 'fresh' HAVING count(*) > 0
    RETURNING id, at
  ), queued AS (
    INSERT INTO outbox (event_id, event_at) SELECT h.id, h.at FROM happened h
  )
  SELECT json_build_object(
    'event', (SELECT h.id FROM happened h),
    'items', (
      SELECT json_agg(CASE n.verdict
        WHEN 'fresh' THEN json_build_array(n.verdict, n.seq, n.id, floor(extract(epoch FROM n.at) * 1000), n.rev, n.name, n.avatar_url)
        WHEN 'duplicate' THEN json_build_array(n.verdict, n.dup_seq, n.dup_id, floor(extract(epoch FROM n.dup_at) * 1000), n.rev, n.name, n.avatar_url, n.last_seq)
        ELSE json_build_array(n.verdict) END ORDER BY n.ord)
      FROM numbered n),
    'audiences', (
      SELECT json_agg(json_build_array(e.conversation, c.participants_version,
        CASE WHEN c.participant_count <= 16 THEN (
          SELECT json_agg(p.user_id) FROM participants p WHERE p.conversation_id = e.conversation AND coalesce(p.left_at, 'infinity') = 'infinity') END))
      FROM (SELECT DISTINCT n.conversation FROM numbered n WHERE n.verdict IN ('fresh', 'duplicate')) e
      JOIN conversations c ON c.id = e.conversation)
  ) INTO result;
  RETURN result;
END $$;

-- Reads, many in one call: each moves its participant's watermark forward, never back, and is a revision of its own.
-- Locked conversations as in append_messages.
--
-- Returns { event, items: [[verdict, last_read_seq, rev | null when nothing moved], ...] in input order,
-- conversations: [[id, last_seq, participants_version, [user, ...] | null, participant_count, readers of the last
-- message], ...] }.
CREATE FUNCTION mark_read(
  p_tenants text[], p_conversations uuid[], p_users text[], p_seqs bigint[], p_acked bigint[], p_wait boolean
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  locked uuid[];
  now_ timestamptz;
  result json;
BEGIN
  IF cardinality(p_acked) > 0 THEN
    DELETE FROM outbox o WHERE o.event_id = ANY (p_acked);
  END IF;
  IF p_wait THEN
    SELECT array_agg(l.id) INTO locked FROM (
      SELECT c.id FROM conversations c WHERE c.id = ANY (p_conversations) ORDER BY c.id FOR NO KEY UPDATE) l;
  ELSE
    SELECT array_agg(l.id) INTO locked FROM (
      SELECT c.id FROM conversations c WHERE c.id = ANY (p_conversations) ORDER BY c.id FOR NO KEY UPDATE SKIP LOCKED) l;
  END IF;
  now_ := clock_timestamp();

  WITH checked AS MATERIALIZED (
    SELECT i.tenant, i.conversation, i.user_id, i.ord, c.rev AS base, p.last_read_seq,
      least(i.seq, c.last_seq) AS target,
      CASE
        WHEN c.id IS NULL THEN 'not_found'
        WHEN NOT c.id = ANY (locked) OR locked IS NULL THEN 'locked'
        WHEN p.user_id IS NULL OR p.left_at IS NOT NULL THEN 'not_found'
        WHEN least(i.seq, c.last_seq) > p.last_read_seq OR p.unread_from IS NOT NULL THEN 'moved'
        ELSE 'same' END AS verdict
    FROM unnest(p_tenants, p_conversations, p_users, p_seqs) WITH ORDINALITY AS i (tenant, conversation, user_id, seq, ord)
    LEFT JOIN conversations c ON c.id = i.conversation AND c.tenant_id = i.tenant
    LEFT JOIN participants p ON p.conversation_id = i.conversation AND p.user_id = i.user_id AND p.tenant_id = i.tenant
  ), numbered AS MATERIALIZED (
    SELECT k.*, greatest(k.target, k.last_read_seq) AS read_to,
      k.base + row_number() OVER (PARTITION BY k.conversation, k.verdict ORDER BY k.ord) AS rev
    FROM checked k
  ), watermarks AS (
    UPDATE participants p SET last_read_seq = n.read_to, unread_from = NULL, rev = n.rev
    FROM numbered n WHERE n.verdict = 'moved' AND p.conversation_id = n.conversation AND p.user_id = n.user_id
  ), marks AS (
    INSERT INTO read_marks (conversation_id, user_id, seq, tenant_id, at)
    SELECT n.conversation, n.user_id, n.read_to, n.tenant, now_ FROM numbered n WHERE n.verdict = 'moved'
    ON CONFLICT DO NOTHING
  ), revised AS (
    UPDATE conversations c SET rev = e.rev, updated_at = greatest(c.updated_at, now_)
    FROM (SELECT n.conversation, max(n.rev) AS rev FROM numbered n WHERE n.verdict = 'moved' GROUP BY n.conversation) e
    WHERE c.id = e.conversation
  ), happened AS (
    INSERT INTO events (at, type, tenant_ids, conversation_ids, seqs, revs, user_ids)
    SELECT now_, 'messages.read', array_agg(n.tenant), array_agg(n.conversation), array_agg(n.read_to), array_agg(n.rev), array_agg(n.user_id)
    FROM numbered n WHERE n.verdict = 'moved' HAVING count(*) > 0
    RETURNING id, at
  ), queued AS (
    INSERT INTO outbox (event_id, event_at) SELECT h.id, h.at FROM happened h
  )
  SELECT json_build_object(
    'event', (SELECT h.id FROM happened h),
    'at', floor(extract(epoch FROM now_) * 1000),
    'items', (
      SELECT json_agg(json_build_array(n.verdict, n.read_to, CASE WHEN n.verdict = 'moved' THEN n.rev END) ORDER BY n.ord)
      FROM numbered n),
    'conversations', (
      SELECT json_agg(json_build_array(e.conversation, c.last_seq, c.participants_version,
        CASE WHEN c.participant_count <= 16 THEN (
          SELECT json_agg(p.user_id) FROM participants p WHERE p.conversation_id = e.conversation AND coalesce(p.left_at, 'infinity') = 'infinity') END,
        c.participant_count,
        CASE WHEN c.participant_count > 50 THEN (
          SELECT count(*) FROM participants p
          WHERE p.conversation_id = e.conversation AND coalesce(p.left_at, 'infinity') = 'infinity' AND p.last_read_seq >= c.last_seq) END))
      FROM (SELECT DISTINCT n.conversation FROM numbered n WHERE n.verdict = 'moved') e
      JOIN conversations c ON c.id = e.conversation)
  ) INTO result;
  RETURN result;
END $$;

-- The event of any other write, queued in the transaction that makes it true.
CREATE FUNCTION record_event(p_type text, p_conversation uuid, p_seq bigint, p_rev bigint, p_user text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
  tenant text := current_tenant();
  event_ events;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM conversations c WHERE c.id = p_conversation AND c.tenant_id = tenant) THEN
    RAISE EXCEPTION 'conversation % is not of tenant %', p_conversation, tenant USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO events (at, type, tenant_ids, conversation_ids, seqs, revs, user_ids)
  VALUES (clock_timestamp(), p_type, ARRAY[tenant], ARRAY[p_conversation], ARRAY[p_seq], ARRAY[p_rev],
    CASE WHEN p_user IS NULL THEN NULL ELSE ARRAY[p_user] END)
  RETURNING * INTO event_;
  INSERT INTO outbox (event_id, event_at) VALUES (event_.id, event_.at);
  RETURN event_.id;
END $$;

-- What JetStream has acknowledged leaves the outbox.
CREATE FUNCTION acknowledge_events(p_acked bigint[]) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$ DELETE FROM outbox o WHERE o.event_id = ANY (p_acked) $$;

-- Relay: takes what was not acknowledged in time, for ten seconds, so that a relay that dies gives it back. No leader and no
-- advisory lock: those do not survive a pooler between transactions.
CREATE FUNCTION claim_events(p_limit integer, p_older_than interval) RETURNS TABLE (
  event_id bigint, event_at timestamptz, type text, tenant_ids text[], conversation_ids uuid[], seqs bigint[], revs bigint[],
  user_ids text[], attempts integer)
LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
  WITH due AS (
    SELECT o.event_id FROM outbox o
    WHERE o.event_at < clock_timestamp() - p_older_than AND o.parked_at IS NULL
      AND (o.claimed_until IS NULL OR o.claimed_until < clock_timestamp())
    ORDER BY o.event_id LIMIT p_limit FOR UPDATE SKIP LOCKED
  ), claimed AS (
    UPDATE outbox o SET claimed_until = clock_timestamp() + interval '10 seconds'
    FROM due WHERE o.event_id = due.event_id RETURNING o.event_id, o.event_at, o.attempts
  )
  SELECT c.event_id, c.event_at, e.type, e.tenant_ids, e.conversation_ids, e.seqs, e.revs, e.user_ids, c.attempts
  FROM claimed c LEFT JOIN events e ON e.id = c.event_id AND e.at = c.event_at
  ORDER BY c.event_id
$$;

-- An event that was refused for what it is, not for a fault on the way, goes aside after the fifth time.
CREATE FUNCTION refuse_event(p_event bigint) RETURNS boolean
LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
  UPDATE outbox o SET attempts = o.attempts + 1, parked_at = CASE WHEN o.attempts + 1 >= 5 THEN clock_timestamp() END
  WHERE o.event_id = p_event RETURNING o.parked_at IS NOT NULL
$$;

-- Puts events back into the outbox, for a stream that was lost. Returns how many rows wait now.
CREATE FUNCTION replay_events(p_since timestamptz) RETURNS bigint
LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
  WITH again AS (
    INSERT INTO outbox (event_id, event_at) SELECT e.id, e.at FROM events e WHERE e.at >= p_since
    ON CONFLICT ON CONSTRAINT outbox_pk DO UPDATE SET claimed_until = NULL, attempts = 0, parked_at = NULL
    RETURNING 1)
  SELECT count(*) FROM again
$$;

-- Day partitions of events: made three days ahead, dropped after seven. Every process calls this when it starts and hourly.
CREATE FUNCTION maintain_event_partitions() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
-- a new partition waits for everybody who is writing an event, and whoever comes after waits behind it: only for a moment
SET search_path = public, pg_temp SET timezone = 'UTC' SET lock_timeout = '200ms'
AS $$
DECLARE
  day date;
  partition text;
BEGIN
  -- one at a time: two that create the same partition would collide
  LOCK TABLE events_default IN SHARE UPDATE EXCLUSIVE MODE;
  FOR day IN SELECT current_date + i FROM generate_series(0, 3) i LOOP
    partition := 'events_' || to_char(day, 'YYYYMMDD');
    IF to_regclass(partition) IS NULL THEN
      BEGIN
        EXECUTE format('CREATE TABLE %I PARTITION OF events FOR VALUES FROM (%L) TO (%L)', partition, day, day + 1);
      EXCEPTION WHEN check_violation THEN
        NULL; -- events of that day are in the default partition, and stay there for their seven days
      END;
    END IF;
  END LOOP;
  FOR partition IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'events'::regclass AND c.relname ~ '^events_\d{8}$'
      AND to_date(right(c.relname, 8), 'YYYYMMDD') < current_date - 7
  LOOP
    EXECUTE format('DROP TABLE %I', partition);
  END LOOP;
  DELETE FROM events_default WHERE at < clock_timestamp() - interval '7 days';
END $$;

-- Definer functions run with their owner's rights: nobody but the application may call them.
REVOKE ALL ON FUNCTION append_messages, mark_read, record_event, acknowledge_events, claim_events, refuse_event,
  replay_events, maintain_event_partitions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION append_messages, mark_read, record_event, acknowledge_events, claim_events, refuse_event,
  replay_events, maintain_event_partitions TO parley_app;
