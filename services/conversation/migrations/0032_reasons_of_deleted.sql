-- As it was: what people said as they decided on a message goes with it. Since 0026 it had stayed.
CREATE OR REPLACE FUNCTION empty_history() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
BEGIN
  UPDATE message_edits e SET content = '' WHERE e.message_id = NEW.id AND e.content <> '';
  UPDATE message_transitions t SET data = NULL WHERE t.message_id = NEW.id AND t.data IS NOT NULL;
  INSERT INTO erasures (message_id, tenant_id) VALUES (NEW.id, NEW.tenant_id) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

UPDATE message_transitions t SET data = NULL FROM messages m
WHERE m.id = t.message_id AND m.deleted_at IS NOT NULL AND t.data IS NOT NULL;
