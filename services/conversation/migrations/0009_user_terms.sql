-- Finding users by name. "Ana de Souza" is there as "ana de souza", "de souza ana" and "souza ana de": whatever word one begins
-- with, what begins like it lies side by side, in the order of whole names.

-- The words of a name as they are compared: in small letters, without accents and points, at most eight of them. Letters beyond
-- ASCII are made small where the database's locale is UTF-8.
CREATE FUNCTION name_words(p_name text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
  folded text := regexp_replace(lower(normalize(p_name, NFKD)),
    '[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670]+', '', 'g');
BEGIN
  folded := replace(replace(replace(translate(folded, 'øłđıħ', 'oldih'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe');
  folded := regexp_replace(left(folded, 200),
    '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f\u3000-\u303f\ufe00-\ufe0f\ufeff]+', ' ', 'g');
  RETURN (string_to_array(btrim(folded), ' '))[1:8];
END $$;

CREATE TABLE user_terms (
  tenant_id text             NOT NULL,
  user_id   text COLLATE "C" NOT NULL,
  -- the words of the name, or of the id of who has none, beginning with one of them
  term      text COLLATE "C" NOT NULL,
  CONSTRAINT user_terms_pk PRIMARY KEY (tenant_id, user_id, term)
);
CREATE INDEX user_terms_term ON user_terms (tenant_id, term, user_id);

CREATE FUNCTION index_user_terms() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
  words text[] := coalesce(nullif(name_words(NEW.name), '{}'), name_words(NEW.id));
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NEW.name IS NOT DISTINCT FROM OLD.name THEN
      RETURN NULL;
    END IF;
    DELETE FROM user_terms t WHERE t.tenant_id = NEW.tenant_id AND t.user_id = NEW.id COLLATE "C";
  END IF;
  INSERT INTO user_terms (tenant_id, user_id, term)
  SELECT NEW.tenant_id, NEW.id, array_to_string(words[i:] || words[:i - 1], ' ') FROM generate_subscripts(words, 1) i
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER users_terms AFTER INSERT OR UPDATE OF name ON users FOR EACH ROW EXECUTE FUNCTION index_user_terms();

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
