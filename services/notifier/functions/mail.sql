-- Whose address it is: who answers by e-mail names no tenant.
CREATE OR REPLACE FUNCTION reply_address(p_id text) RETURNS TABLE (tenant_id text, user_id text, conversation_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = notifier, pg_temp SET enable_seqscan = off
AS $$ SELECT r.tenant_id, r.user_id, r.conversation_id FROM reply_addresses r WHERE r.id = p_id $$;

REVOKE ALL ON FUNCTION reply_address FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reply_address TO parley_notifier;
