-- The words without their endings, as the language has them: in their order, and as they are where it says nothing of one, or this
-- Postgres knows no such language.
CREATE OR REPLACE FUNCTION word_stems(p_language text, p_words text[]) RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp
AS $$
BEGIN
  RETURN (SELECT coalesce(json_agg(coalesce((ts_lexize((p_language || '_stem')::regdictionary, w.word))[1], w.word) ORDER BY w.ord), '[]')
    FROM unnest(p_words) WITH ORDINALITY w (word, ord));
EXCEPTION WHEN undefined_object THEN
  RETURN to_json(p_words);
END $$;
