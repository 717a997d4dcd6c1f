-- What the account says is stored, of all tenants, in the order of its keys.
CREATE OR REPLACE FUNCTION stored_objects(p_after text, p_limit integer) RETURNS TABLE (object_key text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = storage, pg_temp
AS $$
  SELECT b.object_key FROM blobs b WHERE b.object_key > p_after AND b.stored ORDER BY b.object_key LIMIT p_limit
$$;

REVOKE ALL ON FUNCTION stored_objects FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stored_objects TO parley_storage;
