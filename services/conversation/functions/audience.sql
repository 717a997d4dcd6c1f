-- Whom the notification worker has to tell of what, and whether it may still.

-- The newest message of a conversation that is as old as that, 0 for none. Their times never go back, so it is found by halves, from the
-- newest on: most often it is that one. Imported ones have times of their own and are passed over.
CREATE OR REPLACE FUNCTION aged_seq(p_conversation uuid, p_last bigint, p_border timestamptz) RETURNS bigint LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off
AS $$
DECLARE
  low bigint := 0;
  high bigint := p_last;
  middle bigint := p_last;
  step bigint := 1;
  found_seq bigint;
  found_at timestamptz;
BEGIN
  WHILE low < high LOOP
    SELECT m.seq, m.created_at INTO found_seq, found_at FROM messages m
    WHERE m.conversation_id = p_conversation AND m.seq <= middle AND m.seq > low AND NOT m.imported
    ORDER BY m.seq DESC LIMIT 1;
    IF NOT FOUND OR found_at <= p_border THEN
      low := middle;
    ELSE
      high := found_seq - 1;
    END IF;
    IF low = 0 THEN
      step := step * 2;
      middle := greatest(high - step, 0);
      IF middle = 0 THEN
        middle := (high + 1) / 2;
      END IF;
    ELSE
      middle := (low + high + 1) / 2;
    END IF;
  END LOOP;
  RETURN low;
END $$;

-- Whether a line of Parley's tells this participant what became of an offer or a booking request. p_known: up to where they know what was
-- said. It tells nothing to who did it and who is on their side; who only watches, or came to moderate; who is blocked by whoever did it, or
-- blocks them; who does not see what it is about; nor of what was taken back before they knew of it. A counter-offer is told as the offer it is.
CREATE OR REPLACE FUNCTION tells_of_move(p participants, p_line jsonb, p_known bigint) RETURNS boolean LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET jit = off
AS $$
DECLARE
  actor text := p_line ->> 'actorId';
  about messages;
BEGIN
  IF p_line ->> 'event' IS DISTINCT FROM 'message_transitioned' OR p_line ->> 'action' = 'counter'
    OR p.role = 'observer' OR p.via = 'admin' OR actor = p.user_id THEN
    RETURN false;
  END IF;
  SELECT m.* INTO about FROM messages m WHERE m.id = (p_line ->> 'messageId')::uuid;
  IF NOT FOUND OR about.seq <= visible_after(p) OR (about.deleted_at IS NOT NULL AND about.seq > greatest(p.last_read_seq, p_known))
    OR (p.hides AND EXISTS (
      SELECT FROM hidden_messages h WHERE h.conversation_id = p.conversation_id AND h.user_id = p.user_id AND h.seq = about.seq)) THEN
    RETURN false;
  END IF;
  RETURN actor IS NULL OR NOT (
    EXISTS (SELECT FROM blocks b WHERE b.tenant_id = p.tenant_id AND b.blocker_id = p.user_id AND b.blocked_id = actor)
    OR EXISTS (SELECT FROM blocks b WHERE b.tenant_id = p.tenant_id AND b.blocker_id = actor AND b.blocked_id = p.user_id)
    -- about a context there are sides, by the members' roles, as long as there are two
    OR (EXISTS (SELECT FROM conversations c WHERE c.id = p.conversation_id AND c.kind = 'context')
      AND EXISTS (
        SELECT FROM participants a WHERE a.conversation_id = p.conversation_id AND a.user_id = actor AND a.role = p.role)
      AND EXISTS (
        SELECT FROM participants o WHERE o.conversation_id = p.conversation_id AND o.left_at IS NULL AND o.role <> p.role
          AND o.role <> 'observer' AND o.via IS DISTINCT FROM 'admin')));
END $$;

-- What somebody else wrote in this part of a conversation, after p_after and up to p_to, that a participant is to be told of or shown: the
-- newest of it, p_limit at most (null: all). p_known: up to where they know what was said.
CREATE OR REPLACE FUNCTION concerning(p participants, p_after bigint, p_to bigint, p_known bigint, p_limit integer)
RETURNS TABLE (seq bigint, type text, names boolean) LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET jit = off
AS $$
BEGIN
  RETURN QUERY SELECT m.seq, m.type, p.user_id = ANY (m.mentions) FROM messages m
    WHERE m.conversation_id = p.conversation_id AND m.seq > p_after AND m.seq <= p_to
      AND m.sender_id <> p.user_id AND (m.type <> 'system' OR tells_of_move(p, m.payload, p_known))
      AND m.deleted_at IS NULL AND m.silent IS NOT TRUE AND NOT m.imported
      AND (NOT p.hides OR NOT EXISTS (
        SELECT FROM hidden_messages h
        WHERE h.conversation_id = p.conversation_id AND h.user_id = p.user_id AND h.seq = m.seq OFFSET 0))
      AND NOT EXISTS (
        SELECT FROM blocks b WHERE b.tenant_id = p.tenant_id AND b.blocker_id = p.user_id AND b.blocked_id = m.sender_id OFFSET 0)
      AND NOT EXISTS (
        SELECT FROM blocks b WHERE b.tenant_id = p.tenant_id AND b.blocker_id = m.sender_id AND b.blocked_id = p.user_id OFFSET 0)
    ORDER BY m.seq DESC LIMIT p_limit;
END $$;

-- What a participant has not read and was not told of, up to there; null for nothing. No more than 500 messages are looked at. To who was
-- never told what is older than these is no news. Of many 20 are named: the newest, what calls them or waits for an answer, and those before.
CREATE OR REPLACE FUNCTION untold_of(p participants, p_told bigint, p_to bigint) RETURNS json LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET jit = off
AS $$
DECLARE
  -- not in the condition: row-level security takes coalesce() for something that may tell on rows, and keeps it from the index
  from_seq bigint := greatest(p.last_read_seq, visible_after(p), coalesce(p_told, p_to - 500));
  to_seq bigint := least(p_to, from_seq + 500);
  seqs bigint[];
  mentions bigint[];
BEGIN
  IF from_seq >= p_to THEN
    RETURN NULL;
  END IF;
  SELECT array_agg(x.seq ORDER BY x.seq), array_agg(x.seq ORDER BY x.seq) FILTER (WHERE x.names) INTO seqs, mentions FROM (
    SELECT y.seq, y.names FROM (
      SELECT k.*, max(k.seq) OVER () AS newest FROM concerning(p, from_seq, to_seq, from_seq, NULL) k) y
    ORDER BY y.seq = y.newest DESC, y.names IS NOT TRUE, y.type NOT IN ('service_offer', 'booking_request', 'system'), y.seq DESC LIMIT 20) x;
  IF seqs IS NULL AND to_seq = p_to THEN
    RETURN NULL;
  END IF;
  -- answers audience_recipients.untold [to_seq, seqs, mentions]
  RETURN json_build_array(to_seq, coalesce(seqs, '{}'), coalesce(mentions, '{}'));
END $$;

CREATE OR REPLACE FUNCTION audience_conversation(c conversations) RETURNS json LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp
AS $$
BEGIN
  -- answers audience_conversation [id, kind, title, context]
  RETURN json_build_array(c.id, c.kind, c.title, CASE WHEN c.context_id IS NOT NULL THEN context_fields(c) END);
END $$;

-- A page of those in a conversation, by user id after p_after, of whom each was told up to p_told (by user id); null where there is no
-- such conversation.
CREATE OR REPLACE FUNCTION audience_recipients(
  p_tenant text, p_conversation uuid, p_after text, p_limit integer, p_delay_ms double precision, p_told jsonb
) RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET jit = off
AS $$
DECLARE
  c conversations;
  delay interval := p_delay_ms * interval '1 millisecond';
  after_ text := coalesce(p_after, '');
  aged bigint;
  young_at timestamptz;
  people json;
  named bigint[];
  looked integer;
  last_id text;
BEGIN
  PERFORM set_config('parley.tenant', p_tenant, true);
  SELECT k.* INTO c FROM conversations k WHERE k.id = p_conversation;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  aged := aged_seq(c.id, c.last_seq, now() - delay);
  SELECT m.created_at INTO young_at FROM messages m
  WHERE m.conversation_id = c.id AND m.seq > aged AND NOT m.imported ORDER BY m.seq LIMIT 1;
  WITH page AS MATERIALIZED (
    SELECT p.user_id, p.last_read_seq, p.muted_until, p.role,
      CASE WHEN p.left_at IS NULL AND p.last_read_seq < aged THEN untold_of(p, (p_told ->> p.user_id)::bigint, aged) END AS untold, p AS row
    FROM participants p WHERE p.conversation_id = c.id AND p.user_id > after_ ORDER BY p.user_id LIMIT p_limit)
  SELECT count(*), max(g.user_id),
    -- answers audience_recipients.recipient [user_id, name, locale, email, observes, muted_until, unread_count, last_read_seq, untold]
    json_agg(json_build_array(g.user_id, u.name, u.locale, u.email, g.role = 'observer',
      epoch_ms(CASE WHEN g.muted_until > now() THEN g.muted_until END), unread_of(g.row, 100), g.last_read_seq, g.untold) ORDER BY g.user_id)
      FILTER (WHERE g.untold IS NOT NULL AND u.disabled_at IS NULL)
  INTO looked, last_id, people
  FROM page g LEFT JOIN LATERAL user_of(p_tenant, g.user_id) u ON true;
  SELECT array_agg(DISTINCT s.seq::bigint) INTO named
  FROM json_array_elements(people) r, json_array_elements_text(r.value -> 8 -> 1) s (seq);
  -- answers audience_recipients [conversation, aged_seq, ages_in_ms, recipients, messages, next, readers]
  RETURN json_build_array(audience_conversation(c), aged,
    CASE WHEN young_at IS NOT NULL THEN greatest(extract(epoch FROM young_at + delay - now()) * 1000, 0) END,
    coalesce(people, '[]'),
    -- answers audience_recipients.message [message_id, seq, type, sender_id, at]
    (SELECT coalesce(json_agg(json_build_array(m.id, m.seq, m.type, m.sender_id, epoch_ms(m.created_at)) ORDER BY m.seq), '[]')
      FROM unnest(named) n (seq) CROSS JOIN LATERAL (
        SELECT x.* FROM messages x WHERE x.conversation_id = c.id AND x.seq = n.seq OFFSET 0) m),
    CASE WHEN looked = p_limit THEN last_id END,
    -- answers audience_recipients.reader [user_id, seq]
    (SELECT coalesce(json_agg(json_build_array(p.user_id, p.last_read_seq)), '[]')
      FROM (SELECT DISTINCT m.sender_id FROM messages m
        WHERE p_after IS NULL AND m.conversation_id = c.id AND m.seq > c.last_seq - 100 AND m.type <> 'system') s
      CROSS JOIN LATERAL (
        SELECT x.* FROM participants x WHERE x.conversation_id = c.id AND x.user_id = s.sender_id OFFSET 0) p));
END $$;

-- A line that says what became of an offer or a booking request: with that one's words, and from whoever did it, where that is said.
CREATE OR REPLACE FUNCTION moved_message(m messages) RETURNS json LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off
AS $$
DECLARE
  about messages;
  actor users;
BEGIN
  SELECT x.* INTO about FROM messages x WHERE x.id = (m.payload ->> 'messageId')::uuid;
  SELECT u.* INTO actor FROM users u WHERE u.tenant_id = m.tenant_id AND u.id = m.payload ->> 'actorId';
  -- answers audience_standing.message [id, seq, type, sender_id, sender_name, sender_avatar_url, content, payload, at, first_attachment,
  --   attachments, mentions, moved]
  RETURN json_build_array(m.id, m.seq, m.type, coalesce(m.payload ->> 'actorId', m.sender_id), actor.name, actor.avatar_url,
    CASE WHEN about.deleted_at IS NULL THEN left(about.content, 1000) ELSE '' END,
    CASE WHEN about.deleted_at IS NULL THEN about.payload END, epoch_ms(m.created_at), NULL, NULL, NULL,
    -- answers audience_standing.moved [type, action, party]
    json_build_array(m.payload ->> 'type', m.payload ->> 'action', m.payload ->> 'party'));
END $$;

-- Of each of these, what may be shown to that user of messages of the conversation, from the one to the other; null for nothing. p_unread:
-- only what they have not read, where they have not muted it, with what is unread to them. p_bare: it may have no messages, for what they are
-- told of is none itself.
CREATE OR REPLACE FUNCTION audience_standings(
  p_tenant text, p_users text[], p_conversations uuid[], p_from bigint[], p_to bigint[], p_bare boolean[], p_unread boolean
) RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET jit = off
AS $$
BEGIN
  PERFORM set_config('parley.tenant', p_tenant, true);
  RETURN (
    SELECT coalesce(json_agg(audience_standing(p_tenant, i.user_id, i.conversation, i.from_seq, i.to_seq, i.bare, p_unread) ORDER BY i.ord), '[]')
    FROM unnest(p_users, p_conversations, p_from, p_to, p_bare) WITH ORDINALITY AS i (user_id, conversation, from_seq, to_seq, bare, ord));
END $$;

-- As replicas of the former release call it, who tell of messages alone.
CREATE OR REPLACE FUNCTION audience_standings(
  p_tenant text, p_users text[], p_conversations uuid[], p_from bigint[], p_to bigint[], p_unread boolean
) RETURNS json
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
  SELECT audience_standings(p_tenant, p_users, p_conversations, p_from, p_to, array_fill(false, ARRAY[cardinality(p_users)]), p_unread)
$$;

-- One of them; the tenant is set.
CREATE OR REPLACE FUNCTION audience_standing(
  p_tenant text, p_user text, p_conversation uuid, p_from bigint, p_to bigint, p_bare boolean, p_unread boolean
) RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET jit = off
AS $$
DECLARE
  p participants;
  c conversations;
  u users;
  from_seq bigint;
  shown json;
BEGIN
  SELECT x.* INTO p FROM participants x WHERE x.conversation_id = p_conversation AND x.user_id = p_user;
  IF NOT FOUND OR p.left_at IS NOT NULL OR (p_unread AND p.muted_until > now()) THEN
    RETURN NULL;
  END IF;
  SELECT x.* INTO u FROM users x WHERE x.tenant_id = p_tenant AND x.id = p_user;
  IF u.disabled_at IS NOT NULL THEN
    RETURN NULL;
  END IF;
  from_seq := greatest(p_from, visible_after(p) + 1, CASE WHEN p_unread THEN p.last_read_seq + 1 ELSE 0 END);
  -- answers audience_standing.message [id, seq, type, sender_id, sender_name, sender_avatar_url, content, payload, at, first_attachment,
  --   attachments, mentions, moved]
  SELECT json_agg(x.fields ORDER BY x.seq) INTO shown FROM (
    SELECT m.seq, CASE WHEN m.type = 'system' THEN moved_message(m.whole) ELSE json_build_array(m.id, m.seq, m.type, m.sender_id, s.name,
      s.avatar_url, left(m.content, 1000), m.payload, epoch_ms(m.created_at), m.extras #> '{attachments,0}',
      jsonb_array_length(m.extras -> 'attachments'), CASE WHEN m.mentions IS NOT NULL THEN (
        SELECT json_object_agg(n.id, coalesce(n.name, n.id)) FROM unnest(m.mentions) i (id) CROSS JOIN LATERAL user_of(p_tenant, i.id) n) END, NULL)
      END AS fields
    FROM concerning(p, from_seq - 1, p_to, p_from - 1, 5) k
    CROSS JOIN LATERAL (
      SELECT z.*, z AS whole FROM messages z WHERE z.conversation_id = p_conversation AND z.seq = k.seq OFFSET 0) m
    LEFT JOIN LATERAL user_of(m.tenant_id, m.sender_id) s ON true) x;
  IF shown IS NULL AND NOT (p_bare AND (NOT p_unread OR p.last_read_seq < p_to)) THEN
    RETURN NULL;
  END IF;
  SELECT x.* INTO c FROM conversations x WHERE x.id = p_conversation;
  -- answers audience_standing [conversation, messages, unread_count, total_unread, name, locale, email]
  RETURN json_build_array(audience_conversation(c), coalesce(shown, '[]'), CASE WHEN p_unread THEN unread_of(p, 100) ELSE 0 END,
    CASE WHEN p_unread THEN total_unread(p_tenant, p_user) ELSE 0 END, u.name, u.locale, u.email);
END $$;
