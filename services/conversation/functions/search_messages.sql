-- Messages with these words that the viewer may read, the newest first, from behind (p_after_at, p_after_conversation, p_after_seq) on;
-- null for whoever is not in the conversation that was named. p_words is a tsquery of terms that begin with p_key, as domain/search
-- makes it. What is answered is read with the caller's rights through visible_messages, like a page.
CREATE OR REPLACE FUNCTION search_messages(
  p_tenant text, p_viewer text, p_key text, p_words text, p_conversation uuid, p_context_type text, p_context_id text,
  p_sender text, p_type text, p_from timestamptz, p_to timestamptz,
  p_after_at bigint, p_after_conversation uuid, p_after_seq bigint, p_limit integer
) RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off
AS $$
BEGIN
  PERFORM set_config('parley.tenant', p_tenant, true);
  IF p_conversation IS NOT NULL AND NOT EXISTS (
    SELECT FROM participants p WHERE p.conversation_id = p_conversation AND p.user_id = p_viewer AND p.left_at IS NULL) THEN
    RETURN NULL;
  END IF;
  RETURN (
    -- answers search_messages [hits, stopped_at]
    SELECT json_build_array(
      coalesce(json_agg(x.hit ORDER BY x.ord) FILTER (WHERE x.hit IS NOT NULL), '[]'), max(x.at) FILTER (WHERE x.seq IS NULL))
    FROM (
      SELECT x.ord, x.seq, x.at,
        -- answers search_messages.hit [message, at]
        CASE WHEN m.seq IS NOT NULL THEN json_build_array(message_fields(m, u.name, u.avatar_url), x.at) END AS hit
      FROM search_places(p_tenant, p_viewer, p_key, p_words::tsquery, p_conversation, p_context_type, p_context_id, p_sender, p_type,
        p_from, p_to, p_after_at, p_after_conversation, p_after_seq, p_limit) WITH ORDINALITY AS x (conversation_id, seq, at, ord)
      LEFT JOIN visible_messages m ON m.conversation_id = x.conversation_id AND m.seq = x.seq AND m.viewer_id = p_viewer
      LEFT JOIN users u ON u.tenant_id = m.tenant_id AND u.id = m.sender_id) x);
END $$;

-- The places of these messages, and their times in microseconds; and a row without a place where it has stopped for the time that it
-- took: from that time on backwards nothing was looked at.
--
-- The work is bounded by what the viewer may read, or by what is found, whichever is less. Whoever has said and heard little has all
-- of that looked through, however common a word is in the tenant. Otherwise the newest messages of the tenant are looked through: a
-- common word is among them. What is rarer than that is taken from the tree of terms, in steps that go further back each, so that a
-- word that is everywhere is read for some days or months only. A step that took long is the last one.
CREATE OR REPLACE FUNCTION search_places(
  p_tenant text, p_viewer text, p_key text, p_words tsquery, p_conversation uuid, p_context_type text, p_context_id text,
  p_sender text, p_type text, p_from timestamptz, p_to timestamptz,
  p_after_at bigint, p_after_conversation uuid, p_after_seq bigint, p_limit integer
) RETURNS TABLE (conversation_id uuid, seq bigint, at bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off
AS $$
DECLARE
  -- messages that are looked through without the tree, and the newest that are
  few constant integer := 6000;
  newest constant integer := 1500;
  -- conversations that are counted, named in a condition, named in a question to the tree
  counted constant integer := 300;
  named constant integer := 32;
  -- days, or months, that are named in a question to the tree
  spans constant integer := 60;
  -- after so long no further step is begun
  patience constant interval := '300 milliseconds';
  first_id constant uuid := '00000000-0000-0000-0000-000000000000';
  scope uuid[];
  extent bigint;
  question tsquery := p_words;
  since timestamptz := coalesce(p_from, '-infinity');
  -- messages before this place are looked for
  before_at timestamptz := 'infinity';
  before_conversation uuid := first_id;
  before_seq bigint := 0;
  reached message_search;
  from_at timestamptz;
  oldest timestamptz;
  back interval;
  left_ integer := p_limit;
  got integer;
BEGIN
  IF numnode(p_words) = 0 THEN
    RETURN;
  END IF;
  IF p_after_at IS NOT NULL THEN
    before_at := timestamptz 'epoch' + p_after_at * interval '1 microsecond';
    before_conversation := p_after_conversation;
    before_seq := p_after_seq;
  END IF;
  IF p_to < before_at THEN
    before_at := p_to;
    before_conversation := first_id;
    before_seq := 0;
  END IF;

  IF p_conversation IS NOT NULL THEN
    scope := ARRAY[p_conversation];
  ELSIF p_context_id IS NOT NULL THEN
    scope := ARRAY(SELECT c.id FROM conversations c
      WHERE c.tenant_id = p_tenant AND c.context_type = p_context_type AND c.context_id = p_context_id AND EXISTS (
        SELECT FROM participants p WHERE p.conversation_id = c.id AND p.user_id = p_viewer AND p.left_at IS NULL)
      ORDER BY c.id LIMIT counted + 1);
  ELSE
    scope := ARRAY(SELECT p.conversation_id FROM participants p
      WHERE p.tenant_id = p_tenant AND p.user_id = p_viewer AND p.left_at IS NULL LIMIT counted + 1);
  END IF;
  IF cardinality(scope) <= counted THEN
    SELECT coalesce(sum(greatest(0, c.last_seq - visible_after(p))), 0) INTO extent
    FROM unnest(scope) AS i (id)
    JOIN conversations c ON c.id = i.id
    JOIN participants p ON p.conversation_id = i.id AND p.user_id = p_viewer;
    IF extent <= few THEN
      RETURN QUERY SELECT s.* FROM search_step('own', p_tenant, p_viewer, p_words, question, scope, p_context_type, p_context_id, p_sender, p_type,
        since, before_at, before_conversation, before_seq, 0, left_) s;
      RETURN;
    END IF;
    IF cardinality(scope) <= named THEN
      question := question && (SELECT string_agg(quote_literal(p_key || 'c' || right(i.id::text, 12)), '|') FROM unnest(scope) i (id))::tsquery;
    END IF;
  ELSE
    scope := NULL;
  END IF;
  IF p_sender IS NOT NULL THEN
    question := question && quote_literal(p_key || 's' || left(md5(p_sender), 8))::tsquery;
  END IF;

  -- how far back the newest ones go
  SELECT s.* INTO reached FROM message_search s
  WHERE s.tenant_id = p_tenant AND (s.created_at, s.conversation_id, s.seq) < (before_at, before_conversation, before_seq)
  ORDER BY s.created_at DESC, s.conversation_id DESC, s.seq DESC OFFSET newest - 1 LIMIT 1;
  RETURN QUERY SELECT s.* FROM search_step('newest', p_tenant, p_viewer, p_words, question, scope, p_context_type, p_context_id, p_sender, p_type,
    since, before_at, before_conversation, before_seq, newest, left_) s;
  GET DIAGNOSTICS got = ROW_COUNT;
  left_ := left_ - got;
  IF left_ <= 0 OR reached IS NULL OR reached.created_at < since THEN
    RETURN;
  END IF;
  back := 8 * greatest(interval '1 day', least(before_at, now()) - reached.created_at);
  before_at := reached.created_at;
  before_conversation := reached.conversation_id;
  before_seq := reached.seq;

  LOOP
    -- nothing is older than the first message
    IF oldest IS NULL THEN
      SELECT greatest(since, s.created_at) INTO oldest FROM message_search s
      WHERE s.tenant_id = p_tenant ORDER BY s.created_at, s.conversation_id, s.seq LIMIT 1;
    END IF;
    from_at := greatest(oldest, before_at - back);
    RETURN QUERY SELECT s.* FROM search_step('tree', p_tenant, p_viewer, p_words,
      coalesce(question && search_spans(p_key, from_at, before_at, spans), question), scope, p_context_type, p_context_id, p_sender, p_type,
      from_at, before_at, before_conversation, before_seq, 0, left_) s;
    GET DIAGNOSTICS got = ROW_COUNT;
    left_ := left_ - got;
    EXIT WHEN left_ <= 0 OR from_at = oldest;
    IF clock_timestamp() - statement_timestamp() > patience THEN
      RETURN QUERY SELECT NULL::uuid, NULL::bigint, (extract(epoch FROM from_at) * 1000000)::bigint;
      RETURN;
    END IF;
    before_at := from_at;
    before_conversation := first_id;
    before_seq := 0;
    back := back * 6;
  END LOOP;
END $$;

-- The days between two times, or the months of 32 days where these are too many; nothing where those are.
CREATE OR REPLACE FUNCTION search_spans(p_key text, p_from timestamptz, p_to timestamptz, p_most integer) RETURNS tsquery
LANGUAGE plpgsql STABLE
AS $$
DECLARE
  width integer;
  mark text;
BEGIN
  FOR width, mark IN VALUES (86400, 'd'), (2764800, 'm') LOOP
    IF p_from > '-infinity' AND extract(epoch FROM p_to - p_from) / width < p_most THEN
      RETURN (SELECT string_agg(quote_literal(p_key || mark || n), '|')::tsquery
        FROM generate_series(floor(extract(epoch FROM p_from) / width)::bigint, floor(extract(epoch FROM p_to) / width)::bigint) n);
    END IF;
  END LOOP;
  RETURN NULL;
END $$;

-- One step: what is asked of the tree, the newest of the tenant, or all of some conversations; of that the visible ones with the words.
CREATE OR REPLACE FUNCTION search_step(
  p_way text, p_tenant text, p_viewer text, p_words tsquery, p_question tsquery, p_scope uuid[], p_context_type text,
  p_context_id text, p_sender text, p_type text, p_from timestamptz, p_before_at timestamptz, p_before_conversation uuid, p_before_seq bigint, p_newest integer,
  p_limit integer
) RETURNS TABLE (conversation_id uuid, seq bigint, at bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off
AS $$
BEGIN
  RETURN QUERY
  SELECT f.conversation_id, f.seq, (extract(epoch FROM f.created_at) * 1000000)::bigint
  FROM (
    SELECT s.conversation_id, s.seq, s.created_at
    FROM (
      SELECT n.* FROM (
        SELECT x.* FROM message_search x
        WHERE p_way = 'newest' AND x.tenant_id = p_tenant
          AND (x.created_at, x.conversation_id, x.seq) < (p_before_at, p_before_conversation, p_before_seq)
        ORDER BY x.created_at DESC, x.conversation_id DESC, x.seq DESC LIMIT p_newest) n
      WHERE n.terms @@ p_words
      UNION ALL
      SELECT o.* FROM unnest(p_scope) AS i (id) CROSS JOIN LATERAL (
        SELECT x.* FROM message_search x WHERE p_way = 'own' AND x.conversation_id = i.id OFFSET 0) o
      WHERE o.terms @@ p_words
      UNION ALL
      SELECT t.* FROM message_search t WHERE p_way = 'tree' AND t.terms @@ p_question
    ) s
    -- || '' and + 0: no index but the one that each is about fits
    WHERE s.tenant_id || '' = p_tenant
      AND s.created_at + interval '0' >= p_from
      AND (s.created_at + interval '0', s.conversation_id, s.seq) < (p_before_at, p_before_conversation, p_before_seq)
      AND (p_scope IS NULL OR s.conversation_id = ANY (p_scope))
      AND (p_sender IS NULL OR s.sender_id = p_sender)
      AND (p_type IS NULL OR s.type = p_type)
      AND (p_context_type IS NULL OR EXISTS (
        SELECT FROM conversations c WHERE c.id = s.conversation_id AND c.context_type = p_context_type
          AND (p_context_id IS NULL OR c.context_id = p_context_id) OFFSET 0))
    ORDER BY s.created_at DESC, s.conversation_id DESC, s.seq DESC OFFSET 0) f
  -- OFFSET 0: one after the other, and no further than is needed
  WHERE EXISTS (
    SELECT FROM visible_messages v
    WHERE v.conversation_id = f.conversation_id AND v.seq = f.seq AND v.viewer_id = p_viewer AND v.deleted_at IS NULL OFFSET 0)
  ORDER BY f.created_at DESC, f.conversation_id DESC, f.seq DESC LIMIT p_limit;
END $$;

REVOKE ALL ON FUNCTION search_places, search_step FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_places, search_step TO parley_app;
