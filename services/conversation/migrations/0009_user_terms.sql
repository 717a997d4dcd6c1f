-- Finding users by name. "Ana de Souza" is there as "ana de souza", "de souza ana" and "souza ana de": whatever word one begins
-- with, what begins like it lies side by side, in the order of whole names.

-- The words of a name as they are compared: in small letters, without accents and points, at most eight of them; of a name that
-- is nothing but signs, those. Letters beyond ASCII are made small where the database's locale is UTF-8.
CREATE FUNCTION name_words(p_name text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
  words text[];
  folded text := p_name;
BEGIN
  -- most names are of ASCII alone, and nothing of this is for those
  IF octet_length(p_name) > length(p_name) THEN
    folded := regexp_replace(lower(normalize(p_name, NFKD)),
      '[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670]+', '', 'g');
    folded := replace(replace(replace(translate(folded, 'øłđıħς', 'oldihσ'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe');
  END IF;
  folded := left(lower(folded), 200);
  words := string_to_array(btrim(regexp_replace(folded,
    '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f\u3000-\u303f\ufe00-\ufe0f\ufeff]+', ' ', 'g')), ' ');
  IF words = '{}' THEN
    words := string_to_array(btrim(regexp_replace(folded, '\s+', ' ', 'g')), ' ');
  END IF;
  RETURN words[1:8];
END $$;

-- A name as it is looked for: its words, or those of the id of who has none, beginning with each of them. `before` is the word that
-- begins the term before it in order, '' for the first: a term whose `before` begins like a query is not the first that does.
CREATE FUNCTION name_terms(p_name text, p_id text) RETURNS TABLE (term text, before text) LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
  words text[] := coalesce(nullif(name_words(p_name), '{}'), name_words(p_id));
BEGIN
  IF cardinality(words) = 1 THEN
    RETURN QUERY SELECT words[1], '';
    RETURN;
  END IF;
  RETURN QUERY
    SELECT t.term, coalesce(split_part(lag(t.term) OVER (ORDER BY t.term), ' ', 1), '')
    FROM (
      SELECT DISTINCT array_to_string(words[i:] || words[:i - 1], ' ') COLLATE "C" AS term FROM generate_subscripts(words, 1) i) t;
END $$;

CREATE TABLE user_terms (
  tenant_id text             NOT NULL,
  user_id   text COLLATE "C" NOT NULL,
  -- as name_terms() makes them
  term      text COLLATE "C" NOT NULL,
  before    text COLLATE "C" NOT NULL,
  CONSTRAINT user_terms_pk PRIMARY KEY (tenant_id, user_id, term)
);
CREATE INDEX user_terms_term ON user_terms (tenant_id, term, user_id);

-- By the statement, and not by the row: hundreds are named at once.
CREATE FUNCTION index_user_terms() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO user_terms (tenant_id, user_id, term, before)
    SELECT n.tenant_id, n.id, t.term, t.before FROM named n, name_terms(n.name, n.id) t;
  ELSE
    DELETE FROM user_terms t USING named n, known k
    WHERE k.tenant_id = n.tenant_id AND k.id = n.id AND n.name IS DISTINCT FROM k.name
      AND t.tenant_id = n.tenant_id AND t.user_id = n.id COLLATE "C";
    INSERT INTO user_terms (tenant_id, user_id, term, before)
    SELECT n.tenant_id, n.id, t.term, t.before
    FROM named n JOIN known k ON k.tenant_id = n.tenant_id AND k.id = n.id AND n.name IS DISTINCT FROM k.name,
      name_terms(n.name, n.id) t;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER users_named AFTER INSERT ON users REFERENCING NEW TABLE AS named
  FOR EACH STATEMENT EXECUTE FUNCTION index_user_terms();
CREATE TRIGGER users_renamed AFTER UPDATE ON users REFERENCING OLD TABLE AS known NEW TABLE AS named
  FOR EACH STATEMENT EXECUTE FUNCTION index_user_terms();

-- How far the names of those who were there before have come (fill_user_terms); no row when all have.
CREATE TABLE user_terms_progress (
  single    boolean NOT NULL DEFAULT true CONSTRAINT user_terms_progress_pk PRIMARY KEY CHECK (single),
  tenant_id text    NOT NULL,
  user_id   text    NOT NULL
);
ALTER TABLE user_terms_progress ENABLE ROW LEVEL SECURITY;
INSERT INTO user_terms_progress (tenant_id, user_id) VALUES ('', '');

ALTER TABLE user_terms ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON user_terms USING (tenant_id = current_tenant());
GRANT SELECT, INSERT, DELETE ON user_terms TO parley_app;
