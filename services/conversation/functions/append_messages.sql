-- The hot path: many sends, of any conversations and tenants, in one call and one commit.
--
-- Nothing may change what is checked here (membership, status, blocks, being disabled) without holding the same conversation
-- locks, so no send slips past a refusal that was committed before it. The system speaks everywhere. A time of grace may end in
-- read_only. Who is disabled is told so whatever they send, repeats included. With p_interactive false, as a backend sends in
-- somebody's name, sending says nothing about reading.
--
-- The planner is held to index probes. A batch is an array parameter whose size it cannot know, and a plan that joins by
-- hash or scan is fine on an empty table and ruinous on a full one, for as long as the prepared plan lives. Each table is
-- probed by the input alone: with columns of two tables in one probe, only the first became the index condition, and every
-- message read all the earlier ones of its conversation. And `left_at` is compared so that the partial index of a user's
-- conversations does not fit: on a small table its whole length looked cheaper than the primary key.
--
-- p_wait false: conversations that someone else has locked are left out and their items answered 'locked', so that they
-- cost the others nothing. p_wait true: wait for them, all in id order, at most lock_timeout. Who is not in a conversation is
-- answered as if there were none, without waiting: that somebody holds it would tell that it is there. So is a repeat, which no
-- holder of the lock can change.
--
-- p_extras says of each what a plain text has not: { payload, replyTo, mentions, forwarded, silent, expiresAt, more } as JSON, `more` being kept
-- as it comes; null for a plain text;
-- and is null itself where nobody sends anything else. What is answered has to be seen by its sender; who is mentioned has to be in
-- the conversation, or it is not a mention.
--
-- p_tokens says by which token each is sent, as its time of issue in epoch seconds, or nothing, a space, and its session; null for what is
-- sent without one, and null itself where nothing is. Only of users who have had any taken back it is looked at.
--
-- Times leave in whole milliseconds, cut off like every later read of the same row.
--
-- Returns { event, items: [item, ...] in input order, audiences: [audience, ...] }. A verdict is 'fresh', 'duplicate', 'locked'
-- or an error code. No ids as keys: to a client that decodes JSON, each new key is a new kind of object.
CREATE OR REPLACE FUNCTION append_messages(
  p_tenants text[], p_conversations uuid[], p_senders text[], p_client_ids text[], p_hashes text[],
  p_ids uuid[], p_types text[], p_contents text[], p_acked bigint[], p_wait boolean, p_interactive boolean[], p_extras text[],
  p_tokens text[]
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

  -- far from full, nearly every batch is one plain message
  IF cardinality(p_ids) = 1 AND p_extras IS NULL AND NOT p_wait THEN
    result := append_alone(p_tenants[1], p_conversations[1], p_senders[1], p_client_ids[1], p_hashes[1], p_ids[1], p_types[1], p_contents[1],
      p_interactive[1], p_tokens[1]);
    IF result IS NOT NULL THEN
      RETURN result;
    END IF;
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
    SELECT i.tenant, i.conversation, i.sender, i.client_id, i.hash, i.id, i.type, i.content, i.interactive, i.ord,
      i.extras::jsonb AS extras, c.last_seq, c.rev, u.name, u.avatar_url, u.disabled_at IS NOT NULL AS is_disabled,
      greatest(now_, c.last_message_at) AS at,
      d.seq AS dup_seq, d.id AS dup_id, d.created_at AS dup_at,
      append_verdict(i.sender, i.hash, i.token, c.id IS NOT NULL, c.id = ANY (locked), c.status, c.closes_at, c.next_status,
        p.user_id IS NOT NULL AND p.left_at IS NULL, p.role, p.blocked_at, u.disabled_at, u.revoked_before, u.ended_sessions, d.body_hash,
        i.extras IS NULL OR may_answer(i.conversation, (i.extras::jsonb ->> 'replyTo')::uuid, visible_after(p), i.sender), now_) AS verdict
    FROM unnest(p_tenants, p_conversations, p_senders, p_client_ids, p_hashes, p_ids, p_types, p_contents, p_interactive,
      p_extras, p_tokens) WITH ORDINALITY AS i (tenant, conversation, sender, client_id, hash, id, type, content, interactive, extras,
      token, ord)
    LEFT JOIN conversations c ON c.id = i.conversation AND c.tenant_id = i.tenant
    LEFT JOIN participants p ON p.conversation_id = i.conversation AND p.user_id = i.sender AND p.tenant_id = i.tenant
    LEFT JOIN messages d ON uuid_send(d.conversation_id) = uuid_send(i.conversation) AND d.sender_id = i.sender AND d.client_id = i.client_id
    LEFT JOIN users u ON u.tenant_id = i.tenant AND u.id = i.sender
  ), numbered AS MATERIALIZED (
    SELECT k.*, k.last_seq + row_number() OVER (PARTITION BY k.conversation, k.verdict ORDER BY k.ord) AS seq,
      CASE WHEN k.extras IS NOT NULL THEN members_among(k.conversation, k.extras -> 'mentions') END AS mentions
    FROM checked k
  ), inserted AS (
    INSERT INTO messages (conversation_id, seq, id, tenant_id, sender_id, type, content, client_id, body_hash, created_at,
      payload, reply_to, mentions, forwarded, silent, extras)
    SELECT n.conversation, n.seq, n.id, n.tenant, n.sender, n.type, n.content, n.client_id, n.hash, n.at,
      n.extras -> 'payload', (n.extras ->> 'replyTo')::uuid, n.mentions, (n.extras ->> 'forwarded')::boolean,
      (n.extras ->> 'silent')::boolean, n.extras -> 'more'
    FROM numbered n WHERE n.verdict = 'fresh'
  ), ends AS MATERIALIZED (
    SELECT n.conversation, max(n.seq) AS seq, max(n.at) AS at
    FROM numbered n WHERE n.verdict = 'fresh' GROUP BY n.conversation
  ), moved AS (
    UPDATE conversations c SET last_seq = e.seq, last_message_at = e.at, updated_at = e.at
    FROM ends e WHERE c.id = e.conversation
  ), read AS (
    -- whoever sends has read what stands before; a backend that sends in their name says nothing of the kind
    UPDATE participants p SET last_read_seq = s.seq, unread_from = NULL
    FROM (SELECT n.conversation, n.sender, max(n.seq) AS seq
          FROM numbered n WHERE n.verdict = 'fresh' AND coalesce(n.interactive, true) GROUP BY n.conversation, n.sender) s
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
      SELECT json_agg(CASE
        -- answers append_messages.item [verdict, seq, id, created_at, rev, name, avatar_url, last_seq, extras]
        WHEN n.extras IS NOT NULL AND n.verdict IN ('fresh', 'duplicate') THEN json_build_array(n.verdict,
          CASE n.verdict WHEN 'fresh' THEN n.seq ELSE n.dup_seq END, CASE n.verdict WHEN 'fresh' THEN n.id ELSE n.dup_id END,
          floor(extract(epoch FROM CASE n.verdict WHEN 'fresh' THEN n.at ELSE n.dup_at END) * 1000), n.rev, n.name, n.avatar_url,
          CASE n.verdict WHEN 'duplicate' THEN n.last_seq END,
          CASE n.verdict
            WHEN 'fresh' THEN sent_extras((n.extras ->> 'replyTo')::uuid, n.mentions, n.extras,
              n.extras ? 'replyTo' AND is_hidden_from_some((n.extras ->> 'replyTo')::uuid))
            -- its sender alone is told again, and may be out by now
            ELSE (SELECT sent_extras(m.reply_to, m.mentions, n.extras,
                m.reply_to IS NOT NULL AND hides_from_sender(m.reply_to, n.sender))
              FROM messages m WHERE m.id = n.dup_id) END)
        -- answers append_messages.item [verdict, seq, id, created_at, rev, name, avatar_url]
        WHEN n.verdict = 'fresh' THEN json_build_array(n.verdict, n.seq, n.id, floor(extract(epoch FROM n.at) * 1000), n.rev, n.name, n.avatar_url)
        -- answers append_messages.item [verdict, seq, id, created_at, rev, name, avatar_url, last_seq]
        WHEN n.verdict = 'duplicate' THEN json_build_array(n.verdict, n.dup_seq, n.dup_id, floor(extract(epoch FROM n.dup_at) * 1000), n.rev, n.name, n.avatar_url, n.last_seq)
        -- answers append_messages.refusal [verdict, is_disabled]
        WHEN n.verdict = 'forbidden' THEN json_build_array(n.verdict, n.is_disabled)
        -- answers append_messages.refusal [verdict]
        ELSE json_build_array(n.verdict) END ORDER BY n.ord)
      FROM numbered n),
    'audiences', (
      -- answers append_messages.audience [conversation_id, version, user_ids]
      SELECT json_agg(json_build_array(e.conversation, c.participants_version,
        CASE WHEN c.participant_count <= 16 THEN (
          SELECT json_agg(p.user_id) FROM participants p WHERE p.conversation_id = e.conversation AND coalesce(p.left_at, 'infinity') = 'infinity') END))
      FROM (SELECT DISTINCT n.conversation FROM numbered n WHERE n.verdict IN ('fresh', 'duplicate')) e
      JOIN conversations c ON c.id = e.conversation)
  ) INTO result;

  -- what waits for a decision expires by itself
  IF p_extras IS NOT NULL THEN
    INSERT INTO jobs (tenant_id, kind, key, due_at, run_at, payload)
    SELECT m.tenant_id, 'expire_message', m.id::text, w.until, w.until, '{}'
    FROM unnest(p_ids, p_extras) AS i (id, extras)
    CROSS JOIN LATERAL (SELECT (i.extras::jsonb ->> 'expiresAt')::timestamptz AS until) w
    JOIN messages m ON m.id = i.id
    WHERE w.until IS NOT NULL;
  END IF;
  RETURN result;
END $$;

-- One plain message that nothing speaks against, as append_messages() answers a batch of one; null, and nothing has happened, for every
-- other, which is a batch's to refuse. Each of these statements is a probe by a primary key: the one statement that takes a batch of any
-- size costs more to set up and to put away than all of these take.
CREATE OR REPLACE FUNCTION append_alone(
  p_tenant text, p_conversation uuid, p_sender text, p_client_id text, p_hash text, p_id uuid, p_type text, p_content text,
  p_interactive boolean, p_token text
) RETURNS json
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
  conversation record;
  sender record;
  author record;
  known_hash text;
  now_ timestamptz;
  seq_ bigint;
  at_ timestamptz;
  event bigint;
  item json;
  audience json;
BEGIN
  SELECT c.last_seq, c.rev, c.status, c.closes_at, c.next_status, c.last_message_at, c.participants_version, c.participant_count
  INTO conversation FROM conversations c WHERE c.id = p_conversation AND c.tenant_id = p_tenant FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  now_ := clock_timestamp();

  -- each in a new snapshot, as below: they see what the previous holder of the lock committed
  SELECT p.role, p.blocked_at, p.left_at IS NULL AND p.tenant_id = p_tenant AS is_in INTO sender
  FROM participants p WHERE p.conversation_id = p_conversation AND p.user_id = p_sender;
  SELECT u.disabled_at, u.revoked_before, u.ended_sessions, u.name, u.avatar_url INTO author
  FROM users u WHERE u.tenant_id = p_tenant AND u.id = p_sender;
  SELECT m.body_hash INTO known_hash FROM messages m
  WHERE uuid_send(m.conversation_id) = uuid_send(p_conversation) AND m.sender_id = p_sender AND m.client_id = p_client_id;
  IF append_verdict(p_sender, p_hash, p_token, true, true, conversation.status, conversation.closes_at, conversation.next_status,
      coalesce(sender.is_in, false), sender.role, sender.blocked_at, author.disabled_at, author.revoked_before, author.ended_sessions,
      known_hash, true, now_) <> 'fresh' THEN
    RETURN NULL;
  END IF;

  seq_ := conversation.last_seq + 1;
  at_ := greatest(now_, conversation.last_message_at);
  INSERT INTO messages (conversation_id, seq, id, tenant_id, sender_id, type, content, client_id, body_hash, created_at)
  VALUES (p_conversation, seq_, p_id, p_tenant, p_sender, p_type, p_content, p_client_id, p_hash, at_);
  UPDATE conversations c SET last_seq = seq_, last_message_at = at_, updated_at = at_ WHERE c.id = p_conversation;
  IF coalesce(p_interactive, true) THEN
    UPDATE participants p SET last_read_seq = seq_, unread_from = NULL WHERE p.conversation_id = p_conversation AND p.user_id = p_sender;
  END IF;
  INSERT INTO events (at, type, tenant_ids, conversation_ids, seqs, revs)
  VALUES (now_, 'message.created', ARRAY[p_tenant], ARRAY[p_conversation], ARRAY[seq_], ARRAY[conversation.rev]) RETURNING id INTO event;
  INSERT INTO outbox (event_id, event_at) VALUES (event, now_);
  -- answers append_messages.item [verdict, seq, id, created_at, rev, name, avatar_url]
  item := json_build_array('fresh', seq_, p_id, floor(extract(epoch FROM at_) * 1000), conversation.rev, author.name, author.avatar_url);
  -- answers append_messages.audience [conversation_id, version, user_ids]
  audience := json_build_array(p_conversation, conversation.participants_version,
    CASE WHEN conversation.participant_count <= 16 THEN (
      SELECT json_agg(p.user_id) FROM participants p
      WHERE p.conversation_id = p_conversation AND coalesce(p.left_at, 'infinity') = 'infinity') END);
  RETURN json_build_object('event', event, 'items', array_to_json(ARRAY[item]), 'audiences', array_to_json(ARRAY[audience]));
END $$;

-- What becomes of a message: 'fresh', 'duplicate', 'locked', or the code of an error.
--
-- Of plain SQL without settings of its own, so that the planner puts it in its place: it costs nothing.
CREATE OR REPLACE FUNCTION append_verdict(
  p_sender text, p_hash text, p_token text, p_is_there boolean, p_is_locked boolean, p_status text, p_closes_at timestamptz,
  p_next_status text, p_is_in boolean, p_role text, p_blocked_at timestamptz, p_disabled_at timestamptz,
  p_revoked_before timestamptz, p_ended_sessions jsonb, p_known_hash text, p_may_answer boolean, p_now timestamptz
) RETURNS text
LANGUAGE sql STABLE
AS $$
  SELECT CASE
    WHEN p_disabled_at IS NOT NULL THEN 'forbidden'
    WHEN (p_revoked_before IS NOT NULL OR p_ended_sessions IS NOT NULL) AND refuses_token(p_revoked_before, p_ended_sessions, p_token)
      THEN 'unauthenticated'
    WHEN NOT p_is_there THEN 'not_found'
    WHEN p_known_hash = p_hash THEN 'duplicate'
    WHEN p_known_hash IS NOT NULL THEN 'key_reused'
    WHEN p_sender <> 'parley:system' AND NOT p_is_in THEN 'not_found'
    WHEN p_is_locked IS NOT TRUE THEN 'locked'
    WHEN NOT p_may_answer THEN 'reply_not_found'
    WHEN p_sender = 'parley:system' THEN 'fresh'
    WHEN p_status = 'closed' OR p_closes_at <= p_now AND coalesce(p_next_status, 'closed') = 'closed' THEN 'conversation_closed'
    WHEN p_status = 'read_only' OR p_closes_at <= p_now THEN 'conversation_read_only'
    WHEN p_role = 'observer' THEN 'forbidden'
    WHEN p_blocked_at IS NOT NULL THEN 'blocked'
    ELSE 'fresh'
  END
$$;

-- Whether a user's token is refused: see p_tokens. One that does not say when it was issued, or says a time that no clock may show yet, is as
-- old as any.
CREATE OR REPLACE FUNCTION refuses_token(p_revoked_before timestamptz, p_ended jsonb, p_token text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
AS $$
BEGIN
  RETURN p_token IS NOT NULL AND (
    coalesce(p_ended ? substr(p_token, strpos(p_token, ' ') + 1), false)
    OR p_revoked_before IS NOT NULL AND NOT coalesce(
      to_timestamp(nullif(split_part(p_token, ' ', 1), '')::double precision)
        BETWEEN p_revoked_before AND clock_timestamp() + interval '1 minute', false));
END $$;

-- Whether what a message answers, if it answers anything, is there and seen by its sender; the system sees everything.
CREATE OR REPLACE FUNCTION may_answer(p_conversation uuid, p_original uuid, p_visible_after bigint, p_sender text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
AS $$
BEGIN
  RETURN p_original IS NULL OR EXISTS (
      SELECT FROM messages m WHERE m.id = p_original AND uuid_send(m.conversation_id) = uuid_send(p_conversation)
        AND (p_sender = 'parley:system' OR m.seq > p_visible_after)
        AND NOT EXISTS (
          SELECT FROM hidden_messages h WHERE h.conversation_id = m.conversation_id AND h.user_id = p_sender AND h.seq = m.seq));
END $$;

-- Of these users those who are in the conversation, in their order; null where there are none.
CREATE OR REPLACE FUNCTION members_among(p_conversation uuid, p_users jsonb) RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
AS $$
BEGIN
  RETURN (SELECT array_agg(i.id ORDER BY i.ord)
    FROM jsonb_array_elements_text(p_users) WITH ORDINALITY AS i (id, ord)
    JOIN participants p ON p.conversation_id = p_conversation AND p.user_id = i.id
    WHERE coalesce(p.left_at, 'infinity') = 'infinity');
END $$;

-- The extras of a message that was sent. p_hidden: whoever is told does not see what it answers, or not all of them do.
CREATE OR REPLACE FUNCTION sent_extras(p_reply_to uuid, p_mentions text[], p_extras jsonb, p_hidden boolean) RETURNS json
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
AS $$
BEGIN
  RETURN message_extras(CASE WHEN p_reply_to IS NOT NULL THEN reply_preview(p_reply_to, p_hidden) END,
      p_mentions, (p_extras ->> 'forwarded')::boolean, (p_extras ->> 'silent')::boolean, NULL, NULL, p_extras -> 'more');
END $$;

-- As replicas of the former release call it, who know of no token.
CREATE OR REPLACE FUNCTION append_messages(
  p_tenants text[], p_conversations uuid[], p_senders text[], p_client_ids text[], p_hashes text[],
  p_ids uuid[], p_types text[], p_contents text[], p_acked bigint[], p_wait boolean, p_interactive boolean[], p_extras text[]
) RETURNS json
LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
  SELECT append_messages(p_tenants, p_conversations, p_senders, p_client_ids, p_hashes, p_ids, p_types, p_contents,
    p_acked, p_wait, p_interactive, p_extras, NULL::text[])
$$;

-- As replicas of an earlier release call it, who send nothing but words.
CREATE OR REPLACE FUNCTION append_messages(
  p_tenants text[], p_conversations uuid[], p_senders text[], p_client_ids text[], p_hashes text[],
  p_ids uuid[], p_types text[], p_contents text[], p_acked bigint[], p_wait boolean, p_interactive boolean[]
) RETURNS json
LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
  SELECT append_messages(p_tenants, p_conversations, p_senders, p_client_ids, p_hashes, p_ids, p_types, p_contents,
    p_acked, p_wait, p_interactive, NULL::text[], NULL::text[])
$$;

-- As replicas of the first release call it, who do not know the word 'blocked'.
CREATE OR REPLACE FUNCTION append_messages(
  p_tenants text[], p_conversations uuid[], p_senders text[], p_client_ids text[], p_hashes text[],
  p_ids uuid[], p_types text[], p_contents text[], p_acked bigint[], p_wait boolean
) RETURNS json
LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
  SELECT replace(append_messages(p_tenants, p_conversations, p_senders, p_client_ids, p_hashes, p_ids, p_types, p_contents,
    p_acked, p_wait, NULL::boolean[])::text, '["blocked"]', '["forbidden"]')::json
$$;

REVOKE ALL ON FUNCTION append_messages(text[], uuid[], text[], text[], text[], uuid[], text[], text[], bigint[], boolean, boolean[], text[], text[]),
  append_messages(text[], uuid[], text[], text[], text[], uuid[], text[], text[], bigint[], boolean, boolean[], text[]),
  append_messages(text[], uuid[], text[], text[], text[], uuid[], text[], text[], bigint[], boolean, boolean[]),
  append_messages(text[], uuid[], text[], text[], text[], uuid[], text[], text[], bigint[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION append_messages(text[], uuid[], text[], text[], text[], uuid[], text[], text[], bigint[], boolean, boolean[], text[], text[]),
  append_messages(text[], uuid[], text[], text[], text[], uuid[], text[], text[], bigint[], boolean, boolean[], text[]),
  append_messages(text[], uuid[], text[], text[], text[], uuid[], text[], text[], bigint[], boolean, boolean[]),
  append_messages(text[], uuid[], text[], text[], text[], uuid[], text[], text[], bigint[], boolean) TO parley_app;
