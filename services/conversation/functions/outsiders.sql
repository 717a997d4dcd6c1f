-- For sends that are to wait behind others for a conversation's lock: whether each is of somebody who is not in it, and so does not
-- wait. Not a repeat, which is answered whoever has left; nor one of the disabled, who are told that. As append_messages says it.
CREATE OR REPLACE FUNCTION outsiders(p_tenants text[], p_conversations uuid[], p_senders text[], p_client_ids text[]) RETURNS json
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  RETURN (
    SELECT json_agg(i.sender <> 'parley:system' AND (p.user_id IS NULL OR p.left_at IS NOT NULL) AND d.id IS NULL
      AND u.disabled_at IS NULL ORDER BY i.ord)
    FROM unnest(p_tenants, p_conversations, p_senders, p_client_ids)
      WITH ORDINALITY AS i (tenant, conversation, sender, client_id, ord)
    LEFT JOIN participants p ON p.conversation_id = i.conversation AND p.user_id = i.sender AND p.tenant_id = i.tenant
    LEFT JOIN messages d ON uuid_send(d.conversation_id) = uuid_send(i.conversation) AND d.sender_id = i.sender AND d.client_id = i.client_id
    LEFT JOIN users u ON u.tenant_id = i.tenant AND u.id = i.sender);
END $$;

REVOKE ALL ON FUNCTION outsiders FROM PUBLIC;
GRANT EXECUTE ON FUNCTION outsiders TO parley_app;
