-- Which of these uploaded pictures are somebody's or a group's, or are shown by a report that is kept. With its owner's rights: under
-- row-level security no index of an expression is used. Each is looked for by itself: EXISTS would have whole tables hashed.
CREATE OR REPLACE FUNCTION pictures_in_use(p_tenant text, p_ids uuid[]) RETURNS TABLE (id uuid)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp SET enable_seqscan = off
AS $$
  SELECT i.id FROM unnest(p_ids) i (id)
  WHERE coalesce(
    (SELECT true FROM users u WHERE u.tenant_id = p_tenant AND u.avatar_url LIKE '%/v1/pictures/%'
       AND substring(u.avatar_url FROM '/v1/pictures/([0-9a-f-]{36})') = i.id::text LIMIT 1),
    (SELECT true FROM conversations c WHERE c.tenant_id = p_tenant AND c.picture_url LIKE '%/v1/pictures/%'
       AND substring(c.picture_url FROM '/v1/pictures/([0-9a-f-]{36})') = i.id::text LIMIT 1),
    (SELECT true FROM reports r WHERE r.tenant_id = p_tenant
       AND coalesce(r.snapshot ->> 'avatarUrl', r.snapshot ->> 'pictureUrl') LIKE '%/v1/pictures/%'
       AND substring(coalesce(r.snapshot ->> 'avatarUrl', r.snapshot ->> 'pictureUrl') FROM '/v1/pictures/([0-9a-f-]{36})') = i.id::text LIMIT 1),
    false)
$$;

REVOKE ALL ON FUNCTION pictures_in_use FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pictures_in_use TO parley_app;
