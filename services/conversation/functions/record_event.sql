-- The event of any other write, queued in the transaction that makes it true.
CREATE OR REPLACE FUNCTION record_event(p_type text, p_conversation uuid, p_seq bigint, p_rev bigint, p_user text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
  tenant text := current_tenant();
  event_ events;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM conversations c WHERE c.id = p_conversation AND c.tenant_id = tenant) THEN
    RAISE EXCEPTION 'conversation % is not of tenant %', p_conversation, tenant USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO events (at, type, tenant_ids, conversation_ids, seqs, revs, user_ids)
  VALUES (clock_timestamp(), p_type, ARRAY[tenant], ARRAY[p_conversation], ARRAY[p_seq], ARRAY[p_rev],
    CASE WHEN p_user IS NULL THEN NULL ELSE ARRAY[p_user] END)
  RETURNING * INTO event_;
  INSERT INTO outbox (event_id, event_at) VALUES (event_.id, event_.at);
  RETURN event_.id;
END $$;

REVOKE ALL ON FUNCTION record_event FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record_event TO parley_app;
