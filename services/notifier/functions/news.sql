-- Where the log of what happens was followed to, for who holds it from now on; no row where another does.
CREATE OR REPLACE FUNCTION hold_news(p_holder text, p_ms double precision) RETURNS TABLE (followed_to text)
LANGUAGE sql SECURITY DEFINER
SET search_path = notifier, pg_temp
AS $$
  UPDATE news_progress n SET holder = p_holder, held_until = clock_timestamp() + p_ms * interval '1 millisecond'
  WHERE n.holder IS NULL OR n.holder = p_holder OR n.held_until < clock_timestamp()
  RETURNING n.position
$$;

-- It was followed to there, and is held on; no row where another holds it by now.
CREATE OR REPLACE FUNCTION advance_news(p_holder text, p_position text, p_ms double precision) RETURNS TABLE (held boolean)
LANGUAGE sql SECURITY DEFINER
SET search_path = notifier, pg_temp
AS $$
  UPDATE news_progress n SET position = p_position, held_until = clock_timestamp() + p_ms * interval '1 millisecond'
  WHERE n.holder = p_holder
  RETURNING true
$$;

CREATE OR REPLACE FUNCTION release_news(p_holder text) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = notifier, pg_temp
AS $$
  UPDATE news_progress n SET holder = NULL, held_until = NULL WHERE n.holder = p_holder
$$;

REVOKE ALL ON FUNCTION hold_news, advance_news, release_news FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hold_news, advance_news, release_news TO parley_notifier;
