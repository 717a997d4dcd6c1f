-- Who answered a message with which emoji. They go with the words of a message that is deleted.
CREATE TABLE reactions (
  message_id uuid        NOT NULL CONSTRAINT reactions_message_fk REFERENCES messages (id),
  emoji      text        NOT NULL,
  user_id    text        NOT NULL,
  tenant_id  text        NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT reactions_pk PRIMARY KEY (message_id, emoji, user_id)
);
ALTER TABLE reactions ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON reactions USING (tenant_id = current_tenant());
GRANT SELECT, INSERT, DELETE ON reactions TO parley_app;
