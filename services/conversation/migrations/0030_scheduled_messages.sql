-- Messages that wait for their time.
CREATE TABLE scheduled_messages (
  id              uuid        CONSTRAINT scheduled_messages_pk PRIMARY KEY,
  tenant_id       text        NOT NULL,
  user_id         text        NOT NULL,
  -- as what they have scheduled it
  role            text        NOT NULL,
  host_role       text,
  -- what is to be sent; its words are let go of when it has been, or is not to be
  message         jsonb,
  send_at         timestamptz NOT NULL,
  status          text        NOT NULL DEFAULT 'scheduled' CONSTRAINT scheduled_messages_status
                              CHECK (status IN ('scheduled', 'sending', 'sent', 'failed', 'cancelled')),
  conversation_id uuid,
  message_id      uuid,
  error_code      text,
  error_message   text,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX scheduled_messages_waiting ON scheduled_messages (tenant_id, user_id, send_at, id) WHERE message IS NOT NULL;
CREATE INDEX scheduled_messages_settled ON scheduled_messages (updated_at) WHERE status IN ('sent', 'failed', 'cancelled');
ALTER TABLE scheduled_messages ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON scheduled_messages USING (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE ON scheduled_messages TO parley_app;
