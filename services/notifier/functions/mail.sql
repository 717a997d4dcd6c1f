-- Whose address it is: who answers by e-mail names no tenant.
CREATE OR REPLACE FUNCTION reply_address(p_id text) RETURNS TABLE (tenant_id text, user_id text, conversation_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = notifier, pg_temp SET enable_seqscan = off
AS $$ SELECT r.tenant_id, r.user_id, r.conversation_id FROM reply_addresses r WHERE r.id = p_id $$;

-- To whom an e-mail went: who says that it did not arrive names no tenant.
CREATE OR REPLACE FUNCTION sent_mail(p_id uuid) RETURNS TABLE (tenant_id text, address text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = notifier, pg_temp SET enable_seqscan = off
AS $$ SELECT h.tenant_id, h.target FROM hand_overs h WHERE h.id = p_id AND h.channel = 'email' $$;

REVOKE ALL ON FUNCTION reply_address, sent_mail FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reply_address, sent_mail TO parley_notifier;
