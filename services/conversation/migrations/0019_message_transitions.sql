-- How offers and booking requests came into their states: from it an event is told again as it was. `data` holds what people said
-- with it, and goes with the words of a message that is deleted.
CREATE TABLE message_transitions (
  message_id    uuid        NOT NULL CONSTRAINT message_transitions_message_fk REFERENCES messages (id),
  rev           bigint      NOT NULL,
  tenant_id     text        NOT NULL,
  action        text        NOT NULL,
  from_status   text        NOT NULL,
  to_status     text        NOT NULL,
  by_user       text,
  party         text        NOT NULL,
  superseded_by uuid,
  data          jsonb,
  at            timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT message_transitions_pk PRIMARY KEY (message_id, rev)
);
ALTER TABLE message_transitions ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON message_transitions USING (tenant_id = current_tenant());
GRANT SELECT, INSERT ON message_transitions TO parley_app;

-- As it was, and of what people said as they decided on a message nothing stays either.
CREATE OR REPLACE FUNCTION empty_history() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
BEGIN
  UPDATE message_edits e SET content = '' WHERE e.message_id = NEW.id AND e.content <> '';
  UPDATE message_transitions t SET data = NULL WHERE t.message_id = NEW.id AND t.data IS NOT NULL;
  RETURN NULL;
END $$;
