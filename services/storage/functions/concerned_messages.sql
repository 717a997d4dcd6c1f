-- Those among these messages, of the tenants beside them, that have something here, or are about to get a card of their link.
CREATE OR REPLACE FUNCTION concerned_messages(p_tenants text[], p_ids uuid[]) RETURNS TABLE (id uuid)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = storage, pg_temp SET enable_seqscan = off
AS $$
  SELECT m.id FROM unnest(p_tenants, p_ids) m (tenant_id, id)
  WHERE EXISTS (SELECT FROM attachments a WHERE a.message_id = m.id AND a.tenant_id = m.tenant_id)
    OR EXISTS (SELECT FROM jobs j WHERE j.tenant_id = m.tenant_id AND j.kind = 'preview' AND j.key = m.id::text)
$$;

REVOKE ALL ON FUNCTION concerned_messages FROM PUBLIC;
GRANT EXECUTE ON FUNCTION concerned_messages TO parley_storage;
