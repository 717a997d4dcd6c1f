-- Messages that were deleted for everyone, and whose words may be left in the event stream: a job takes them out there.
CREATE TABLE erasures (
  message_id uuid NOT NULL,
  tenant_id  text NOT NULL,
  CONSTRAINT erasures_pk PRIMARY KEY (tenant_id, message_id)
);
ALTER TABLE erasures ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON erasures USING (tenant_id = current_tenant());
GRANT SELECT, DELETE ON erasures TO parley_app;

-- And those that a replica of the former release deletes, when the next one is done.
CREATE OR REPLACE FUNCTION empty_history() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
BEGIN
  UPDATE message_edits e SET content = '' WHERE e.message_id = NEW.id AND e.content <> '';
  INSERT INTO erasures (message_id, tenant_id) VALUES (NEW.id, NEW.tenant_id) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
