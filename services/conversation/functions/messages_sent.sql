-- What was sent to conversations of the tenant that is set, by sender and key, whatever has become of it: [i] of each array is
-- one question. As its owner, since row-level security keeps uuid_send() from the index (a message would be looked for among all
-- that there are); a probe by the input alone, as in append_messages.
CREATE OR REPLACE FUNCTION messages_sent(p_conversations uuid[], p_senders text[], p_client_ids text[])
RETURNS TABLE (id uuid, sender_id text, client_id text, body_hash text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  tenant text := current_tenant();
BEGIN
  RETURN QUERY
    SELECT m.id, m.sender_id, m.client_id, m.body_hash
    FROM unnest(p_conversations, p_senders, p_client_ids) AS i (conversation, sender, client_id)
    JOIN messages m ON uuid_send(m.conversation_id) = uuid_send(i.conversation) AND m.sender_id = i.sender
      AND m.client_id = i.client_id
    WHERE m.tenant_id = tenant;
END $$;

REVOKE ALL ON FUNCTION messages_sent FROM PUBLIC;
GRANT EXECUTE ON FUNCTION messages_sent TO parley_app;
