-- A text as it is searched: its words in small letters, without accents and signs, as name_words() has those of a name.
CREATE OR REPLACE FUNCTION folded_text(p_text text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
  folded text := p_text;
BEGIN
  IF octet_length(p_text) > length(p_text) THEN
    folded := regexp_replace(lower(normalize(p_text, NFKD)),
      '[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670]+', '', 'g');
    folded := replace(replace(replace(translate(folded, 'øłđıħς', 'oldihσ'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe');
  END IF;
  RETURN regexp_replace(lower(folded),
    '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f\u3000-\u303f\ufe00-\ufe0f\ufeff]+', ' ', 'g');
END $$;

-- Whether the words of its title, of the title of what it is about, or of the names of the others are like all patterns of the second
-- half of p_patterns. Those of the first half say that the words are in it somewhere: most texts are passed over by that alone. A function,
-- as unread_of() is, so that the planner, who thinks a look at names or messages dear, does not look at all conversations first to be
-- spared some of these.
CREATE OR REPLACE FUNCTION is_about(c conversations, p_viewer text, p_patterns text[]) RETURNS boolean LANGUAGE plpgsql STABLE
AS $$
DECLARE
  count constant integer := cardinality(p_patterns) / 2;
  title text := c.title;
  words text;
  names text;
BEGIN
  IF title IS NULL AND c.context_id IS NOT NULL THEN
    title := (SELECT x.title FROM contexts x WHERE x.tenant_id = c.tenant_id AND x.type = c.context_type AND x.id = c.context_id);
  END IF;
  title := coalesce(title, '');
  words := CASE WHEN octet_length(title) > length(title) THEN folded_text(title) ELSE lower(title) END;
  IF words LIKE ALL (p_patterns[:count]) AND concat(' ', folded_text(title)) LIKE ALL (p_patterns[count + 1:]) THEN
    RETURN true;
  END IF;
  SELECT string_agg(' ' || t.term, '') INTO names
  FROM (
    SELECT o.user_id FROM participants o
    WHERE o.conversation_id = c.id AND o.user_id <> p_viewer AND coalesce(o.left_at, 'infinity') = 'infinity' LIMIT 50) o
  CROSS JOIN LATERAL (
    -- each term of a name has all of its words
    SELECT n.term FROM user_terms n WHERE n.tenant_id = c.tenant_id AND n.user_id = o.user_id COLLATE "C" LIMIT 1) t;
  RETURN concat(words, names) LIKE ALL (p_patterns[:count])
    AND concat(' ', folded_text(title), names) LIKE ALL (p_patterns[count + 1:]);
END $$;

-- What somebody's lists may show of their conversations, in no order. Becomes a part of the question that names it: conditions on
-- what it returns reach the indexes. p_patterns: see is_about.
CREATE OR REPLACE FUNCTION own_conversations(
  p_tenant text, p_viewer text, p_archived boolean, p_kind text, p_status text, p_context_type text, p_context_id text,
  p_unread boolean, p_patterns text[]
) RETURNS TABLE (id uuid, activity timestamptz, listed_at timestamptz, pinned_at timestamptz)
LANGUAGE sql STABLE
AS $$
  SELECT c.id, coalesce(c.last_message_at, c.created_at), p.listed_at, p.pinned_at
  FROM participants p JOIN conversations c ON c.id = p.conversation_id
  WHERE p.tenant_id = p_tenant AND p.user_id = p_viewer AND p.left_at IS NULL
    AND is_archived(p, c) = p_archived AND NOT is_cleared(p, c)
    AND (p_kind IS NULL OR c.kind = p_kind)
    AND (p_status IS NULL OR c.status = p_status)
    AND (p_context_type IS NULL OR c.context_type = p_context_type)
    AND (p_context_id IS NULL OR c.context_id = p_context_id)
    AND (p_unread IS NULL OR p_unread = ((c.last_seq > p.last_read_seq OR p.unread_from IS NOT NULL) AND unread_of(p, 1) > 0))
    AND (p_patterns IS NULL OR is_about(c, p_viewer, p_patterns))
$$;

-- A page of somebody's list: those that they have pinned, the last one first, then the others by their activity; from behind a place
-- (p_before, p_before_id) on, which is one among the pinned ones (p_pinned) or among the others.
--
-- The others are walked by participants.listed_at. Whatever is active since `floor_` stands after `floor_` less an hour there, so that a
-- stretch of the index has all of a stretch of the list. It is made longer until the page is full, or p_most were looked at: a page may
-- then hold fewer, and `stopped_at` is the moment that it has come to. Those whose place is not known yet are all looked at.
CREATE OR REPLACE FUNCTION list_conversations(
  p_tenant text, p_viewer text, p_archived boolean, p_kind text, p_status text, p_context_type text, p_context_id text,
  p_unread boolean, p_query text, p_pinned boolean, p_before timestamptz, p_before_id uuid, p_limit integer, p_listed integer,
  p_most integer
) RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_material = off SET jit = off
AS $$
DECLARE
  -- what LIKE reads is in words of nothing but signs
  patterns text[] := CASE WHEN p_query IS NOT NULL THEN
    ARRAY(SELECT before || regexp_replace(w, '([\\%_])', '\\\1', 'g') || '%'
      FROM unnest(ARRAY['%', '% ']) WITH ORDINALITY AS b (before, ord), unnest(name_words(p_query)) w ORDER BY b.ord) END;
  last_id constant uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  exact constant text := 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"';
  -- one more says that there is more
  wanted integer := p_limit + 1;
  ids uuid[] := '{}';
  places timestamptz[] := '{}';
  pinned integer;
  -- the only ones that it can be
  few uuid[];
  of_few boolean;
  before_ timestamptz := p_before;
  before_id_ uuid := p_before_id;
  floor_ timestamptz := '-infinity';
  stretch integer;
  more_ids uuid[];
  more_places timestamptz[];
BEGIN
  PERFORM set_config('parley.tenant', p_tenant, true);
  IF p_pinned THEN
    SELECT coalesce(array_agg(x.id ORDER BY x.ord), '{}'), coalesce(array_agg(x.pinned_at ORDER BY x.ord), '{}')
    INTO ids, places FROM (
      SELECT o.id, o.pinned_at, row_number() OVER (ORDER BY o.pinned_at DESC, o.id DESC) AS ord
      FROM own_conversations(p_tenant, p_viewer, p_archived, p_kind, p_status, p_context_type, p_context_id, p_unread, patterns) o
      WHERE o.pinned_at IS NOT NULL AND o.pinned_at <= before_ AND (o.pinned_at, o.id) < (before_, before_id_)
      ORDER BY o.pinned_at DESC, o.id DESC LIMIT wanted) x;
    before_ := 'infinity';
    before_id_ := last_id;
  END IF;
  pinned := cardinality(ids);

  IF pinned < wanted THEN
    -- the conversations of one context are mostly few, wherever they stand in the list
    IF p_context_type IS NOT NULL AND p_context_id IS NOT NULL THEN
      SELECT coalesce(array_agg(x.id), '{}') INTO few FROM (
        SELECT c.id FROM conversations c
        WHERE c.tenant_id = p_tenant AND c.context_type = p_context_type AND c.context_id = p_context_id LIMIT 501) x;
    END IF;
    of_few := cardinality(few) <= 500;
    stretch := 2 * wanted;
    LOOP
      IF of_few THEN
        floor_ := '-infinity';
      ELSIF p_archived THEN
        SELECT p.listed_at INTO floor_ FROM participants p
        WHERE p.tenant_id = p_tenant AND p.user_id = p_viewer AND p.archived_at IS NOT NULL AND p.listed_at <= before_
        ORDER BY p.listed_at DESC OFFSET stretch LIMIT 1;
        floor_ := coalesce(floor_, '-infinity');
        SELECT coalesce(array_agg(x.conversation_id), '{}') INTO few FROM (
          SELECT p.conversation_id FROM participants p
          WHERE p.tenant_id = p_tenant AND p.user_id = p_viewer AND p.archived_at IS NOT NULL
            AND p.listed_at <= before_ AND p.listed_at > floor_ - interval '1 hour'
          UNION ALL
          SELECT p.conversation_id FROM participants p
          WHERE p.tenant_id = p_tenant AND p.user_id = p_viewer AND p.archived_at IS NOT NULL AND p.listed_at IS NULL) x;
      ELSE
        SELECT p.listed_at INTO floor_ FROM participants p
        WHERE p.tenant_id = p_tenant AND p.user_id = p_viewer AND p.left_at IS NULL AND p.listed_at <= before_
        ORDER BY p.listed_at DESC OFFSET stretch LIMIT 1;
        floor_ := coalesce(floor_, '-infinity');
      END IF;
      IF of_few OR p_archived THEN
        SELECT coalesce(array_agg(x.id ORDER BY x.ord), '{}'), coalesce(array_agg(x.activity ORDER BY x.ord), '{}')
        INTO more_ids, more_places FROM (
          SELECT o.id, o.activity, row_number() OVER (ORDER BY o.activity DESC, o.id DESC) AS ord
          FROM own_conversations(p_tenant, p_viewer, p_archived, p_kind, p_status, p_context_type, p_context_id, p_unread, patterns) o
          WHERE o.id = ANY (few) AND o.pinned_at IS NULL AND o.activity >= floor_ AND (o.activity, o.id) < (before_, before_id_)
          ORDER BY o.activity DESC, o.id DESC LIMIT wanted - pinned) x;
      ELSE
        SELECT coalesce(array_agg(x.id ORDER BY x.ord), '{}'), coalesce(array_agg(x.activity ORDER BY x.ord), '{}')
        INTO more_ids, more_places FROM (
          SELECT y.id, y.activity, row_number() OVER (ORDER BY y.activity DESC, y.id DESC) AS ord FROM (
            SELECT o.id, o.activity
            FROM own_conversations(p_tenant, p_viewer, p_archived, p_kind, p_status, p_context_type, p_context_id, p_unread, patterns) o
            WHERE o.listed_at <= before_ AND o.listed_at > floor_ - interval '1 hour' AND o.pinned_at IS NULL
              AND o.activity >= floor_ AND (o.activity, o.id) < (before_, before_id_)
            UNION ALL
            SELECT o.id, o.activity
            FROM own_conversations(p_tenant, p_viewer, p_archived, p_kind, p_status, p_context_type, p_context_id, p_unread, patterns) o
            WHERE o.listed_at IS NULL AND o.pinned_at IS NULL
              AND o.activity >= floor_ AND (o.activity, o.id) < (before_, before_id_)) y
          ORDER BY y.activity DESC, y.id DESC LIMIT wanted - pinned) x;
      END IF;
      EXIT WHEN cardinality(more_ids) >= wanted - pinned OR floor_ = '-infinity' OR stretch >= p_most;
      stretch := least(8 * stretch, p_most);
    END LOOP;
    ids := ids || more_ids;
    places := places || more_places;
  END IF;
  -- answers list_conversations [conversations, has_more, stopped_at]
  RETURN json_build_array(
    (SELECT coalesce(json_agg(
      -- answers list_conversations.conversation [view, pinned, place]
      json_build_array(v.view, v.ord <= pinned, to_char(places[v.ord] AT TIME ZONE 'UTC', exact)) ORDER BY v.ord), '[]')
      FROM views_among(p_viewer, ids[:p_limit], p_listed) v),
    cardinality(ids) = wanted,
    CASE WHEN cardinality(ids) < wanted AND floor_ > '-infinity' THEN to_char(floor_ AT TIME ZONE 'UTC', exact) END);
END $$;
