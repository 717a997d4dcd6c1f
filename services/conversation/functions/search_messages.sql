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
      LEFT JOIN LATERAL user_of(m.tenant_id, m.sender_id) u ON true) x);
END $$;

-- The places of these messages, and their times in microseconds; and a row without a place where it has stopped for the time that it
-- took: from that time on backwards nothing was looked at.
--
-- Whoever has said and heard little has all of that looked through, however common a word is in the tenant. Otherwise the newest messages
-- are looked through, of the tenant or of the conversation that was named: what is common is among them, and they tell how common it is.
-- From there it goes back, a stretch of time in each step, in the way that has less to look at until the page is full: all that the
-- viewer may read, or what the tree of terms has of those words in the tenant. What is rare the tree has at once, and what is not is soon
-- found among one's own: the work grows with the root of what there is.
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
  -- messages that are all looked through, those that are looked at first, and about as many as a step looks at
  few constant integer := 3000;
  newest constant integer := 1000;
  stride constant integer := 2000;
  -- conversations that are counted, and that are named in a question to the tree
  counted constant integer := 300;
  named constant integer := 32;
  -- days, or months, that are named in a question to the tree
  spans constant integer := 60;
  -- what it costs to have a message looked at among the viewer's own, and to narrow the tree to the days of one, where one that the tree
  -- has costs 1
  own_cost constant float8 := 0.5;
  day_cost constant float8 := 0.05;
  -- after so long no further step is begun: where something was found, and where nothing was
  patience constant interval := '60 milliseconds';
  long_patience constant interval := '300 milliseconds';
  first_id constant uuid := '00000000-0000-0000-0000-000000000000';
  -- the tree does not know where words stand
  loose tsquery;
  question tsquery := p_words;
  scope uuid[];
  places uuid[];
  since timestamptz := coalesce(p_from, '-infinity');
  -- messages before this place are looked for, in a step down to from_at
  before_at timestamptz := 'infinity';
  before_conversation uuid := first_id;
  before_seq bigint := 0;
  from_at timestamptz := since;
  oldest timestamptz;
  way text;
  last_way text;
  step record;
  -- messages that were not looked at yet: of the viewer's, and of all where the newest were looked at
  own float8;
  there float8;
  -- how many of all there are in a second, and which share is the viewer's, is what the tree has, and is what is looked for
  rate float8;
  readable float8;
  held float8;
  meant float8;
  looked float8;
  wanted float8;
  reach float8;
  length float8;
  share float8;
  left_ integer := p_limit;
  got integer;
BEGIN
  IF numnode(p_words) = 0 THEN
    RETURN;
  END IF;
  loose := regexp_replace(p_words::text, '<(-|\d+)>', '&', 'g');
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
  SELECT coalesce(sum(greatest(0, c.last_seq - visible_after(p))), 0) INTO own
  FROM unnest(scope) AS i (id)
  JOIN conversations c ON c.id = i.id
  JOIN participants p ON p.conversation_id = i.id AND p.user_id = p_viewer;
  IF cardinality(scope) > counted THEN
    own := own / cardinality(scope) * (SELECT count(*) FROM (SELECT FROM participants p
      WHERE p.tenant_id = p_tenant AND p.user_id = p_viewer AND p.left_at IS NULL LIMIT 20000) x);
    scope := NULL;
  ELSIF cardinality(scope) <= named THEN
    question := question && (SELECT string_agg(quote_literal(p_key || 'c' || right(i.id::text, 12)), '|') FROM unnest(scope) i (id))::tsquery;
  END IF;
  IF p_sender IS NOT NULL THEN
    question := question && quote_literal(p_key || 's' || left(md5(p_sender), 8))::tsquery;
  END IF;

  way := CASE WHEN own <= few AND scope IS NOT NULL THEN 'own' WHEN p_conversation IS NOT NULL THEN 'conversation' ELSE 'tenant' END;
  places := scope;
  LOOP
    SELECT s.* INTO step FROM search_stretch(way, p_tenant, p_words, loose,
      CASE WHEN from_at > oldest THEN coalesce(question && search_spans(p_key, from_at, before_at, spans), question) ELSE question END,
      places, p_context_type, p_context_id, p_sender, p_type, from_at, before_at, before_conversation, before_seq, newest) s;
    IF way IN ('conversation', 'tenant') AND step.looked = newest THEN
      -- what is of the same moment as the last one comes with the next step
      from_at := greatest(since, step.reached + interval '1 microsecond');
    END IF;
    RETURN QUERY
      SELECT f.conversation_id, f.seq, (extract(epoch FROM f.created_at) * 1000000)::bigint
      FROM (
        SELECT h.* FROM unnest(step.conversation_ids, step.seqs, step.times) AS h (conversation_id, seq, created_at)
        WHERE h.created_at >= from_at
        ORDER BY h.created_at DESC, h.conversation_id DESC, h.seq DESC OFFSET 0) f
      -- OFFSET 0: one after the other, and no further than is needed
      WHERE EXISTS (
        SELECT FROM visible_messages v
        WHERE v.conversation_id = f.conversation_id AND v.seq = f.seq AND v.viewer_id = p_viewer AND v.deleted_at IS NULL OFFSET 0)
      ORDER BY f.created_at DESC, f.conversation_id DESC, f.seq DESC LIMIT left_;
    GET DIAGNOSTICS got = ROW_COUNT;
    left_ := left_ - got;
    EXIT WHEN left_ <= 0 OR from_at = since OR from_at = oldest;
    IF clock_timestamp() - statement_timestamp() > (CASE WHEN left_ < p_limit THEN patience ELSE long_patience END) THEN
      RETURN QUERY SELECT NULL::uuid, NULL::bigint, (extract(epoch FROM from_at) * 1000000)::bigint;
      RETURN;
    END IF;

    IF oldest IS NULL THEN
      SELECT greatest(since, CASE way
        WHEN 'conversation' THEN (
          SELECT s.created_at FROM message_search s WHERE s.conversation_id = p_conversation ORDER BY s.created_at, s.seq LIMIT 1)
        ELSE (
          SELECT s.created_at FROM message_search s WHERE s.tenant_id = p_tenant
          ORDER BY s.created_at, s.conversation_id, s.seq LIMIT 1) END) INTO oldest;
      looked := step.looked;
      meant := step.meant;
      held := (step.held + 0.5) / looked;
      rate := looked / greatest(1, extract(epoch FROM least(before_at, now()) - from_at));
      there := greatest(1, least(rate * extract(epoch FROM from_at - oldest),
        CASE way WHEN 'conversation' THEN own - looked ELSE pg_relation_size('message_search') / 300 END));
      own := least(own, there);
      readable := greatest(own, 1) / there;
    ELSE
      share := extract(epoch FROM from_at - oldest) / extract(epoch FROM before_at - oldest);
      there := there * share;
      IF way = 'own' THEN
        looked := looked + step.looked;
        meant := meant + step.meant;
        own := greatest(1, own - step.looked);
      ELSE
        own := own * share;
      END IF;
    END IF;
    before_at := from_at;
    before_conversation := first_id;
    before_seq := 0;

    -- until the page is full so many of the viewer's are to be looked through, among so many of all; a half more, to be sure
    wanted := least(own, 1.5 * left_ * looked / greatest(meant, 0.5));
    reach := least(there, greatest(wanted / readable, rate * 86400));
    last_way := way;
    way := CASE WHEN own_cost * wanted <= least(held * there, (held + day_cost) * reach) THEN 'own' ELSE 'tree' END;
    length := CASE
      WHEN way = 'own' AND own <= few THEN 'infinity'
      WHEN way = 'tree' THEN least(CASE WHEN (held + day_cost) * reach < held * there THEN reach ELSE 'infinity' END, 2 * stride / held) / rate
      WHEN last_way = 'own' THEN length * least(8, greatest(0.25, least(stride, wanted) / greatest(1, step.looked)))
      ELSE least(least(stride, wanted) / readable, 16 * newest) / rate END;
    from_at := CASE WHEN length < extract(epoch FROM before_at - oldest) THEN before_at - length * interval '1 second' ELSE oldest END;
    places := CASE WHEN way = 'tree' OR p_conversation IS NOT NULL OR p_context_id IS NOT NULL THEN scope ELSE
      -- what is active since then stands less than an hour before that in their list
      ARRAY(SELECT p.conversation_id FROM participants p
        WHERE p.tenant_id = p_tenant AND p.user_id = p_viewer AND p.left_at IS NULL AND p.listed_at > from_at - interval '1 hour'
        UNION ALL
        SELECT p.conversation_id FROM participants p
        WHERE p.tenant_id = p_tenant AND p.user_id = p_viewer AND p.left_at IS NULL AND p.listed_at IS NULL) END;
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

-- One step: the newest of the tenant, the newest of a conversation, all of some conversations, or what the tree has, between two
-- places. How many were looked at and since when, how many of these the tree would have had (held) and are meant, whoever may read
-- them; and the places of those that are in the viewer's conversations, as far as these were named.
CREATE OR REPLACE FUNCTION search_stretch(
  p_way text, p_tenant text, p_words tsquery, p_loose tsquery, p_question tsquery, p_scope uuid[], p_context_type text, p_context_id text,
  p_sender text, p_type text, p_from timestamptz, p_before_at timestamptz, p_before_conversation uuid, p_before_seq bigint,
  p_newest integer,
  OUT looked integer, OUT reached timestamptz, OUT held integer, OUT meant integer,
  OUT conversation_ids uuid[], OUT seqs bigint[], OUT times timestamptz[]
)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off
AS $$
DECLARE
  -- of one conversation the places are those of its messages
  before_seq_ constant bigint := CASE
    WHEN p_scope[1] = p_before_conversation THEN p_before_seq WHEN p_scope[1] < p_before_conversation THEN 9223372036854775807 ELSE 0 END;
BEGIN
  SELECT count(*), min(s.created_at), count(*) FILTER (WHERE s.is_held), count(*) FILTER (WHERE s.is_meant),
    array_agg(s.conversation_id) FILTER (WHERE s.is_found), array_agg(s.seq) FILTER (WHERE s.is_found),
    array_agg(s.created_at) FILTER (WHERE s.is_found)
  INTO looked, reached, held, meant, conversation_ids, seqs, times
  FROM (SELECT s.*, s.is_meant AND (p_way = 'own' OR p_scope IS NULL OR s.conversation_id IN (SELECT i.id FROM unnest(p_scope) i (id))) AS is_found FROM (
    SELECT s.conversation_id, s.seq, s.created_at,
      s.terms @@ p_loose AND (p_sender IS NULL OR s.sender_id = p_sender) AS is_held,
      s.terms @@ p_words AND (p_sender IS NULL OR s.sender_id = p_sender) AND (p_type IS NULL OR s.type = p_type)
        AND (p_context_type IS NULL OR EXISTS (
          SELECT FROM conversations c WHERE c.id = s.conversation_id AND c.context_type = p_context_type
            AND (p_context_id IS NULL OR c.context_id = p_context_id) OFFSET 0)) AS is_meant
    FROM (
      (SELECT x.* FROM message_search x
        WHERE p_way = 'tenant' AND x.tenant_id = p_tenant
          AND (x.created_at, x.conversation_id, x.seq) < (p_before_at, p_before_conversation, p_before_seq)
        ORDER BY x.created_at DESC, x.conversation_id DESC, x.seq DESC LIMIT p_newest)
      UNION ALL
      (SELECT x.* FROM message_search x
        WHERE p_way = 'conversation' AND x.conversation_id = p_scope[1] AND (x.created_at, x.seq) < (p_before_at, before_seq_)
        ORDER BY x.created_at DESC, x.seq DESC LIMIT p_newest)
      UNION ALL
      SELECT o.* FROM unnest(p_scope) AS i (id) CROSS JOIN LATERAL (
        SELECT x.* FROM message_search x
        WHERE p_way = 'own' AND x.conversation_id = i.id AND x.created_at >= p_from AND x.created_at <= p_before_at OFFSET 0) o
      UNION ALL
      SELECT t.* FROM message_search t WHERE p_way = 'tree' AND t.terms @@ p_question
    ) s
    -- || '' and + 0: no index but the one that each is about fits
    WHERE s.tenant_id || '' = p_tenant AND s.created_at + interval '0' >= p_from
      AND (s.created_at + interval '0', s.conversation_id, s.seq) < (p_before_at, p_before_conversation, p_before_seq)
    OFFSET 0) s OFFSET 0) s;
END $$;

REVOKE ALL ON FUNCTION search_places, search_stretch FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_places, search_stretch TO parley_app;
