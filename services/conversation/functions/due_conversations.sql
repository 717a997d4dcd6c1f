-- Conversations whose time has come, of all tenants: [tenant, conversation].
CREATE OR REPLACE FUNCTION due_conversations(p_limit integer) RETURNS TABLE (tenant_id text, id uuid)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp SET enable_seqscan = off
AS $$
  SELECT c.tenant_id, c.id FROM conversations c
  WHERE c.closes_at <= now() AND c.next_status IS NOT NULL
  ORDER BY c.closes_at LIMIT p_limit
$$;

REVOKE ALL ON FUNCTION due_conversations FROM PUBLIC;
GRANT EXECUTE ON FUNCTION due_conversations TO parley_app;
