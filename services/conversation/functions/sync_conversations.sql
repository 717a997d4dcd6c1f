-- What differs from a client's cursors, and, with p_since, which other conversations of theirs changed since then. has_more:
-- something did not fit. p_bytes bounds the work; the answer is larger once its fields have names, and is cut by whoever names
-- them.
--
-- Of each conversation: messages newest first and at most one more than p_messages; what changed of earlier ones, in the order of
-- their revisions and at most one more than p_changed; who changed; and
-- what the viewer has hidden since the private counter that they hold. whole: the cursor was of no use, and messages are the
-- latest page. restored: it is of before this database was restored from a backup.
CREATE OR REPLACE FUNCTION sync_conversations(
  p_tenant text, p_viewer text, p_ids uuid[], p_epochs bigint[], p_seqs bigint[], p_revs bigint[], p_privates bigint[],
  p_since timestamptz, p_listed integer, p_conversations integer, p_messages integer, p_changed integer, p_bytes integer
) RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_material = off SET jit = off
AS $$
DECLARE
  most_hidden CONSTANT integer := 500;
  epoch_ bigint;
  -- the viewer sees nobody's receipts but their own
  keeps_out boolean;
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
  hides_ boolean;
  from_private bigint;
  hidden_ json;
  changed_ json;
  participants_ json;
  -- of those that differ, in their order
  revs bigint[];
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
    coalesce(array_agg(x.ord::integer ORDER BY x.ord) FILTER (WHERE NOT x.is_gone AND x.differs), '{}'),
    array_agg(x.rev ORDER BY x.ord) FILTER (WHERE NOT x.is_gone AND x.differs)
  INTO gone_, differing, places, revs
  FROM (
    SELECT i.id, i.ord, c.rev, p.user_id IS NULL AS is_gone,
      (i.epoch, i.seq, i.rev, i.private) IS DISTINCT FROM (epoch_, c.last_seq, c.rev, p.private_counter) AS differs
    FROM unnest(p_ids, p_epochs, p_seqs, p_revs, p_privates) WITH ORDINALITY AS i (id, epoch, seq, rev, private, ord)
    LEFT JOIN conversations c ON c.id = i.id
    LEFT JOIN participants p ON p.conversation_id = c.id AND p.user_id = p_viewer AND p.left_at IS NULL) x;
  IF p_since IS NOT NULL THEN
    SELECT coalesce(array_agg(x.id ORDER BY x.changed_at), '{}') INTO unnamed FROM (
      SELECT c.id, greatest(c.updated_at, p.private_at) AS changed_at
      FROM participants p JOIN conversations c ON c.id = p.conversation_id
      WHERE p.tenant_id = p_tenant AND p.user_id = p_viewer AND p.left_at IS NULL
        AND (c.updated_at > p_since OR p.private_at > p_since) AND c.id <> ALL (p_ids)
      ORDER BY greatest(c.updated_at, p.private_at) LIMIT p_conversations + 1) x;
  END IF;

  FOR i IN 1 .. cardinality(differing) + cardinality(unnamed) LOOP
    id_ := (differing || unnamed)[i];
    place := CASE WHEN i <= cardinality(places) THEN places[i] END;
    from_rev := p_revs[place];
    from_private := p_privates[place];
    SELECT visible_after(p), p.joined_rev, p.hides INTO after_, joined_, hides_ FROM participants p
    WHERE p.conversation_id = id_ AND p.user_id = p_viewer;
    -- nothing held, another database, or an earlier stay, of which less or more may be visible now
    whole := place IS NULL OR p_epochs[place] <> epoch_ OR p_seqs[place] = 0 OR joined_ > from_rev;
    from_seq := CASE WHEN whole THEN 0 ELSE p_seqs[place] END;
    hidden_ := '[]';
    IF hides_ AND NOT whole THEN
      SELECT coalesce(json_agg(x.fields), '[]') INTO hidden_ FROM (
        -- answers sync_conversations.hidden [message_id, seq]
        SELECT json_build_array(m.id, h.seq) AS fields
        FROM hidden_messages h JOIN messages m ON m.conversation_id = id_ AND m.seq = h.seq
        WHERE h.conversation_id = id_ AND h.user_id = p_viewer AND h.private_counter > from_private
        LIMIT most_hidden + 1) x;
      -- a whole page is less to say than all that is not there any more
      IF json_array_length(hidden_) > most_hidden THEN
        hidden_ := '[]';
        whole := true;
        from_seq := 0;
      END IF;
    END IF;
    after_ := greatest(after_, from_seq);
    IF i > p_conversations THEN
      did_fit := false;
      EXIT;
    END IF;
    changed_ := '[]';
    participants_ := '[]';
    -- where only messages came, and for a whole page, nobody looks for what else has changed
    IF NOT whole AND revs[i] IS DISTINCT FROM from_rev THEN
      keeps_out := coalesce(keeps_out, keeps_receipts_out(p_tenant, p_viewer));
      SELECT coalesce(json_agg(x.fields), '[]') INTO changed_ FROM (
        SELECT message_fields(m, u.name, u.avatar_url) AS fields
        FROM visible_messages m LEFT JOIN LATERAL user_of(m.tenant_id, m.sender_id) u ON true
        WHERE m.viewer_id = p_viewer AND m.conversation_id = id_ AND m.rev > from_rev AND m.rev > 0 AND m.seq <= from_seq
        ORDER BY m.rev LIMIT p_changed + 1) x;
      SELECT coalesce(json_agg(x.fields), '[]') INTO participants_ FROM (
        SELECT participant_fields(p, u.name, u.avatar_url,
          p.user_id = p_viewer OR NOT (keeps_out OR coalesce(u.receipts_hidden, false))) AS fields
        FROM participants p LEFT JOIN LATERAL user_of(p.tenant_id, p.user_id) u ON true
        WHERE p.conversation_id = id_ AND coalesce(p.left_at, 'infinity') = 'infinity' AND p.rev > from_rev
        ORDER BY p.rev) x;
    END IF;
    -- answers sync_conversations.part [view, whole, messages, changed, participants, hidden, restored]
    part := json_build_array(
      (SELECT v.view FROM views_among(p_viewer, ARRAY[id_], p_listed) v),
      whole,
      -- the newest first: a huge gap ends in the latest page, and the rest comes by scrolling up
      (SELECT coalesce(json_agg(x.fields), '[]') FROM (
        SELECT message_fields(m, u.name, u.avatar_url) AS fields
        FROM visible_messages m LEFT JOIN LATERAL user_of(m.tenant_id, m.sender_id) u ON true
        WHERE m.viewer_id = p_viewer AND m.conversation_id = id_ AND m.seq > after_
        ORDER BY m.seq DESC LIMIT p_messages + 1) x),
      changed_,
      participants_,
      hidden_,
      coalesce(p_epochs[place] > 0 AND p_epochs[place] <> epoch_, false));
    bytes := bytes + octet_length(part::text);
    IF i > 1 AND bytes > p_bytes THEN
      did_fit := false;
      EXIT;
    END IF;
    parts := parts || part;
  END LOOP;
  -- answers sync_conversations [at, gone, has_more, conversations]
  RETURN json_build_array(epoch_ms(now()), gone_, NOT did_fit, parts);
END $$;
