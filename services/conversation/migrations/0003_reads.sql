-- The reads that everybody waits for: what somebody needs who comes back, opens a conversation, or scrolls. Each is one
-- question, answered as of one moment (the functions are STABLE: all their statements see the snapshot of the call), with a
-- plan that is kept. They run with their caller's rights: row-level security binds them by the tenant that they set.
--
-- The planner is held to index probes, as in append_messages: a kept plan may have been made when all tables were empty, or
-- before anybody counted them. Sorts are off so that pages are read in the order of the index, and no further than they go.
--
-- Rows leave as arrays of fields, times as whole milliseconds; stores/messages.ts and its neighbours say what they mean.

CREATE FUNCTION epoch_ms(t timestamptz) RETURNS numeric LANGUAGE sql STABLE
  RETURN floor(extract(epoch FROM t) * 1000);

CREATE FUNCTION message_fields(m visible_messages, p_name text, p_avatar_url text) RETURNS json LANGUAGE sql STABLE
  RETURN json_build_array(m.id, m.conversation_id, m.seq, m.rev, m.sender_id, m.type, m.content, m.payload,
    epoch_ms(m.edited_at), epoch_ms(m.deleted_at), epoch_ms(m.created_at), p_name, p_avatar_url);

CREATE FUNCTION participant_fields(p participants, p_name text, p_avatar_url text) RETURNS json LANGUAGE sql STABLE
  RETURN json_build_array(p.user_id, p_name, p_avatar_url, p.role, epoch_ms(p.joined_at), p.last_read_seq, p.last_delivered_seq);

-- A page: [message, ...] from the newest to the oldest, or from the oldest after p_after; null for whoever is not in it.
CREATE FUNCTION page_of_messages(
  p_tenant text, p_viewer text, p_conversation uuid, p_before bigint, p_after bigint, p_limit integer
) RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_material = off SET jit = off
AS $$
DECLARE
  -- not in the condition: row-level security takes coalesce() for something that may tell on rows, and keeps it from the index
  before_ bigint := coalesce(p_before, 9223372036854775807);
  after_ bigint;
BEGIN
  PERFORM set_config('parley.tenant', p_tenant, true);
  SELECT visible_after(p) INTO after_ FROM participants p
  WHERE p.conversation_id = p_conversation AND p.user_id = p_viewer;
  IF after_ IS NULL THEN
    RETURN NULL;
  END IF;
  IF p_after IS NOT NULL THEN
    after_ := greatest(after_, p_after);
    RETURN (SELECT coalesce(json_agg(x.fields), '[]') FROM (
      SELECT message_fields(m, u.name, u.avatar_url) AS fields
      FROM visible_messages m LEFT JOIN users u ON u.tenant_id = m.tenant_id AND u.id = m.sender_id
      WHERE m.viewer_id = p_viewer AND m.conversation_id = p_conversation AND m.seq > after_
      ORDER BY m.seq LIMIT p_limit) x);
  END IF;
  RETURN (SELECT coalesce(json_agg(x.fields), '[]') FROM (
    SELECT message_fields(m, u.name, u.avatar_url) AS fields
    FROM visible_messages m LEFT JOIN users u ON u.tenant_id = m.tenant_id AND u.id = m.sender_id
    WHERE m.viewer_id = p_viewer AND m.conversation_id = p_conversation
      AND m.seq > after_ AND m.seq < before_
    ORDER BY m.seq DESC LIMIT p_limit) x);
END $$;

-- A conversation as its viewer sees it, null for whoever is not in it: [id, kind, title, status, status_reason,
-- participant_count, last_seq, rev, metadata, created_at, updated_at, [participant, ...], epoch, private_counter,
-- last_read_seq, archived_at, muted_until, pinned_at, unread, last message | null]. The tenant is set.
CREATE FUNCTION conversation_view(p_viewer text, p_conversation uuid, p_listed integer) RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_material = off SET jit = off
AS $$
DECLARE
  after_ bigint;
BEGIN
  SELECT visible_after(p) INTO after_ FROM participants p
  WHERE p.conversation_id = p_conversation AND p.user_id = p_viewer;
  IF after_ IS NULL THEN
    RETURN NULL;
  END IF;
  RETURN (
    SELECT json_build_array(c.id, c.kind, c.title, c.status, c.status_reason, c.participant_count, c.last_seq, c.rev,
      c.metadata, epoch_ms(c.created_at), epoch_ms(c.updated_at),
      (SELECT coalesce(json_agg(x.fields), '[]') FROM (
        SELECT participant_fields(p, u.name, u.avatar_url) AS fields
        FROM participants p LEFT JOIN users u ON u.tenant_id = p.tenant_id AND u.id = p.user_id
        WHERE p.conversation_id = p_conversation AND coalesce(p.left_at, 'infinity') = 'infinity'
        ORDER BY p.joined_at, p.user_id LIMIT p_listed) x),
      t.epoch, me.private_counter, me.last_read_seq, epoch_ms(me.archived_at), epoch_ms(me.muted_until),
      epoch_ms(me.pinned_at), unread_count(p_conversation, p_viewer),
      (SELECT message_fields(m, u.name, u.avatar_url)
        FROM visible_messages m LEFT JOIN users u ON u.tenant_id = m.tenant_id AND u.id = m.sender_id
        WHERE m.viewer_id = p_viewer AND m.conversation_id = p_conversation AND m.seq > after_
        ORDER BY m.seq DESC LIMIT 1))
    FROM conversations c
    JOIN participants me ON me.conversation_id = c.id AND me.user_id = p_viewer
    JOIN tenants t ON t.id = c.tenant_id
    WHERE c.id = p_conversation);
END $$;

-- Views of several, in the order of the ids, without those that the viewer is not in.
CREATE FUNCTION conversation_views(p_tenant text, p_viewer text, p_ids uuid[], p_listed integer) RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_material = off SET jit = off
AS $$
BEGIN
  PERFORM set_config('parley.tenant', p_tenant, true);
  RETURN (
    SELECT coalesce(json_agg(x.view ORDER BY x.ord) FILTER (WHERE x.view IS NOT NULL), '[]')
    FROM (SELECT i.ord, conversation_view(p_viewer, i.id, p_listed) AS view
          FROM unnest(p_ids) WITH ORDINALITY AS i (id, ord) OFFSET 0) x);
END $$;

-- [name, avatar_url, host_role, disabled], or null when the user's token says something that is not stored. What it leaves
-- out stays as it is. The tenant is set.
CREATE FUNCTION stored_user(p_tenant text, p_user text, p_name text, p_avatar_url text, p_host_role text) RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET enable_seqscan = off SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  RETURN (
    SELECT json_build_array(u.name, u.avatar_url, u.host_role, u.disabled_at IS NOT NULL) FROM users u
    WHERE u.tenant_id = p_tenant AND u.id = p_user AND (p_name IS NULL OR p_name = u.name)
      AND (p_avatar_url IS NULL OR p_avatar_url = u.avatar_url) AND (p_host_role IS NULL OR p_host_role = u.host_role));
END $$;

-- Stores what a token says of its user, when it says something new.
CREATE FUNCTION remember_user(p_tenant text, p_user text, p_name text, p_avatar_url text, p_host_role text) RETURNS json
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
  stored json;
BEGIN
  PERFORM set_config('parley.tenant', p_tenant, true);
  stored := stored_user(p_tenant, p_user, p_name, p_avatar_url, p_host_role);
  IF stored IS NULL THEN
    INSERT INTO tenants (id) VALUES (p_tenant) ON CONFLICT DO NOTHING;
    INSERT INTO users AS u (tenant_id, id, name, avatar_url, host_role)
    VALUES (p_tenant, p_user, p_name, p_avatar_url, p_host_role)
    ON CONFLICT ON CONSTRAINT users_pk DO UPDATE SET updated_at = now(), name = coalesce(excluded.name, u.name),
      avatar_url = coalesce(excluded.avatar_url, u.avatar_url), host_role = coalesce(excluded.host_role, u.host_role);
    stored := stored_user(p_tenant, p_user, NULL, NULL, NULL);
  END IF;
  RETURN stored;
END $$;

-- What a new connection has to know: [now, stored_user() by its token, total unread, [[conversation, last_seq, rev], ...]
-- the most recently active first].
CREATE FUNCTION session_state(
  p_tenant text, p_user text, p_name text, p_avatar_url text, p_host_role text, p_heads integer
) RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_material = off SET jit = off
AS $$
BEGIN
  PERFORM set_config('parley.tenant', p_tenant, true);
  RETURN json_build_array(
    epoch_ms(now()),
    stored_user(p_tenant, p_user, p_name, p_avatar_url, p_host_role),
    -- what was read to its end needs no count
    (SELECT coalesce(sum(unread_count(c.id, p_user)), 0)
      FROM participants p JOIN conversations c ON c.id = p.conversation_id
      WHERE p.tenant_id = p_tenant AND p.user_id = p_user AND p.left_at IS NULL
        AND (c.last_seq > p.last_read_seq OR p.unread_from IS NOT NULL)),
    (SELECT coalesce(json_agg(x.head), '[]') FROM (
      SELECT json_build_array(c.id, c.last_seq, c.rev) AS head
      FROM participants p JOIN conversations c ON c.id = p.conversation_id
      WHERE p.tenant_id = p_tenant AND p.user_id = p_user AND p.left_at IS NULL
      ORDER BY coalesce(c.last_message_at, c.created_at) DESC LIMIT p_heads) x));
END $$;

-- What differs from a client's cursors, and, with p_since, which other conversations of theirs changed since then: [now,
-- [gone conversation, ...], whether something did not fit, [[view, whole, [message, ...] newest first and at most one more
-- than p_messages, [changed message, ...] in the order of their revisions and at most one more than p_changed, [changed
-- participant, ...]], ...]]. `whole`: the cursor was of no use, and messages are the latest page. p_bytes bounds the work; the
-- answer is larger once its fields have names, and is cut by whoever names them.
CREATE FUNCTION sync_conversations(
  p_tenant text, p_viewer text, p_ids uuid[], p_epochs bigint[], p_seqs bigint[], p_revs bigint[], p_privates bigint[],
  p_since timestamptz, p_listed integer, p_conversations integer, p_messages integer, p_changed integer, p_bytes integer
) RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_material = off SET jit = off
AS $$
DECLARE
  epoch_ bigint;
  gone_ uuid[];
  differing uuid[];
  places integer[];
  place integer;
  unnamed uuid[] := '{}';
  id_ uuid;
  from_seq bigint;
  from_rev bigint;
  after_ bigint;
  joined_ bigint;
  whole boolean;
  part json;
  parts json[] := '{}';
  bytes integer := 0;
  did_fit boolean := true;
BEGIN
  PERFORM set_config('parley.tenant', p_tenant, true);
  epoch_ := coalesce((SELECT t.epoch FROM tenants t WHERE t.id = p_tenant), 1);
  SELECT coalesce(array_agg(x.id ORDER BY x.ord) FILTER (WHERE x.is_gone), '{}'),
    coalesce(array_agg(x.id ORDER BY x.ord) FILTER (WHERE NOT x.is_gone AND x.differs), '{}'),
    coalesce(array_agg(x.ord::integer ORDER BY x.ord) FILTER (WHERE NOT x.is_gone AND x.differs), '{}')
  INTO gone_, differing, places
  FROM (
    SELECT i.id, i.ord, p.user_id IS NULL AS is_gone,
      (i.epoch, i.seq, i.rev, i.private) IS DISTINCT FROM (epoch_, c.last_seq, c.rev, p.private_counter) AS differs
    FROM unnest(p_ids, p_epochs, p_seqs, p_revs, p_privates) WITH ORDINALITY AS i (id, epoch, seq, rev, private, ord)
    LEFT JOIN conversations c ON c.id = i.id
    LEFT JOIN participants p ON p.conversation_id = c.id AND p.user_id = p_viewer AND p.left_at IS NULL) x;
  IF p_since IS NOT NULL THEN
    SELECT coalesce(array_agg(x.id ORDER BY x.updated_at), '{}') INTO unnamed FROM (
      SELECT c.id, c.updated_at
      FROM participants p JOIN conversations c ON c.id = p.conversation_id
      WHERE p.tenant_id = p_tenant AND p.user_id = p_viewer AND p.left_at IS NULL
        AND c.updated_at > p_since AND c.id <> ALL (p_ids)
      ORDER BY c.updated_at LIMIT p_conversations + 1) x;
  END IF;

  FOR i IN 1 .. cardinality(differing) + cardinality(unnamed) LOOP
    id_ := (differing || unnamed)[i];
    place := CASE WHEN i <= cardinality(places) THEN places[i] END;
    from_rev := p_revs[place];
    SELECT visible_after(p), p.joined_rev INTO after_, joined_ FROM participants p
    WHERE p.conversation_id = id_ AND p.user_id = p_viewer;
    -- nothing held, another database, or an earlier stay, of which less or more may be visible now
    whole := place IS NULL OR p_epochs[place] <> epoch_ OR p_seqs[place] = 0 OR joined_ > from_rev;
    from_seq := CASE WHEN whole THEN 0 ELSE p_seqs[place] END;
    after_ := greatest(after_, from_seq);
    IF i > p_conversations THEN
      did_fit := false;
      EXIT;
    END IF;
    part := json_build_array(
      conversation_view(p_viewer, id_, p_listed),
      whole,
      -- the newest first: a huge gap ends in the latest page, and the rest comes by scrolling up
      (SELECT coalesce(json_agg(x.fields), '[]') FROM (
        SELECT message_fields(m, u.name, u.avatar_url) AS fields
        FROM visible_messages m LEFT JOIN users u ON u.tenant_id = m.tenant_id AND u.id = m.sender_id
        WHERE m.viewer_id = p_viewer AND m.conversation_id = id_ AND m.seq > after_
        ORDER BY m.seq DESC LIMIT p_messages + 1) x),
      CASE WHEN whole THEN '[]' ELSE (SELECT coalesce(json_agg(x.fields), '[]') FROM (
        SELECT message_fields(m, u.name, u.avatar_url) AS fields
        FROM visible_messages m LEFT JOIN users u ON u.tenant_id = m.tenant_id AND u.id = m.sender_id
        WHERE m.viewer_id = p_viewer AND m.conversation_id = id_ AND m.rev > from_rev AND m.rev > 0 AND m.seq <= from_seq
        ORDER BY m.rev LIMIT p_changed + 1) x) END,
      CASE WHEN whole THEN '[]' ELSE (SELECT coalesce(json_agg(x.fields), '[]') FROM (
        SELECT participant_fields(p, u.name, u.avatar_url) AS fields
        FROM participants p LEFT JOIN users u ON u.tenant_id = p.tenant_id AND u.id = p.user_id
        WHERE p.conversation_id = id_ AND coalesce(p.left_at, 'infinity') = 'infinity' AND p.rev > from_rev
        ORDER BY p.rev) x) END);
    bytes := bytes + octet_length(part::text);
    IF i > 1 AND bytes > p_bytes THEN
      did_fit := false;
      EXIT;
    END IF;
    parts := parts || part;
  END LOOP;
  RETURN json_build_array(epoch_ms(now()), gone_, NOT did_fit, parts);
END $$;
