-- Makes so many more of those who were there before the table of names was made to be found by name; returns how many. Their rows are
-- locked, so that nobody is renamed in between. Replicas take turns.
CREATE OR REPLACE FUNCTION fill_user_terms(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET enable_seqscan = off SET enable_sort = off
AS $$
DECLARE
  reached user_terms_progress;
  next record;
BEGIN
  SELECT p.* INTO reached FROM user_terms_progress p FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  WITH those AS MATERIALIZED (
    SELECT u.tenant_id, u.id, u.name FROM users u
    WHERE (u.tenant_id, u.id) > (reached.tenant_id, reached.user_id)
    ORDER BY u.tenant_id, u.id LIMIT p_limit FOR SHARE
  ), filled AS (
    INSERT INTO user_terms (tenant_id, user_id, term, before)
    SELECT w.tenant_id, w.id, t.term, t.before FROM those w, name_terms(w.name, w.id) t
    ON CONFLICT DO NOTHING
  )
  SELECT count(*)::integer AS users, (array_agg(t.tenant_id ORDER BY t.tenant_id DESC, t.id DESC))[1] AS tenant_id,
    (array_agg(t.id ORDER BY t.tenant_id DESC, t.id DESC))[1] AS user_id
  INTO next FROM those t;
  IF next.users < p_limit THEN
    DELETE FROM user_terms_progress;
  ELSE
    UPDATE user_terms_progress SET tenant_id = next.tenant_id, user_id = next.user_id;
  END IF;
  RETURN next.users;
END $$;

REVOKE ALL ON FUNCTION fill_user_terms FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fill_user_terms TO parley_app;
