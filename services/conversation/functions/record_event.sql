-- The event of any other write, queued in the transaction that makes it true: changes of one type, of conversations of the tenant.
CREATE OR REPLACE FUNCTION record_events(p_type text, p_conversations uuid[], p_seqs bigint[], p_revs bigint[], p_users text[])
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
  tenant text := current_tenant();
  foreign_ uuid;
  event_ events;
BEGIN
  SELECT i.id INTO foreign_ FROM (SELECT DISTINCT unnest(p_conversations) AS id) i
  WHERE NOT EXISTS (SELECT 1 FROM conversations c WHERE c.id = i.id AND c.tenant_id = tenant) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'conversation % is not of tenant %', foreign_, tenant USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO events (at, type, tenant_ids, conversation_ids, seqs, revs, user_ids)
  VALUES (clock_timestamp(), p_type, array_fill(tenant, ARRAY[cardinality(p_conversations)]), p_conversations, p_seqs, p_revs,
    CASE WHEN array_remove(p_users, NULL) <> '{}' THEN p_users END)
  RETURNING * INTO event_;
  INSERT INTO outbox (event_id, event_at) VALUES (event_.id, event_.at);
  RETURN event_.id;
END $$;

-- As replicas of the former release call it, an event per change.
CREATE OR REPLACE FUNCTION record_event(p_type text, p_conversation uuid, p_seq bigint, p_rev bigint, p_user text) RETURNS bigint
LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
  SELECT record_events(p_type, ARRAY[p_conversation], ARRAY[p_seq], ARRAY[p_rev], ARRAY[p_user])
$$;

REVOKE ALL ON FUNCTION record_events, record_event FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record_events, record_event TO parley_app;
