-- Messages that the host wants somebody to look at before they are there.
CREATE TABLE held_messages (
  id              uuid        CONSTRAINT held_messages_pk PRIMARY KEY,
  tenant_id       text        NOT NULL,
  conversation_id uuid        NOT NULL,
  sender_id       text        NOT NULL,
  -- as it was sent: the same call again is this one
  client_id       text        NOT NULL,
  body_hash       text        NOT NULL,
  -- what is to be sent; let go of when it was decided
  body            jsonb,
  why             text        NOT NULL CONSTRAINT held_messages_why CHECK (why IN ('host', 'no_answer')),
  status          text        NOT NULL DEFAULT 'held' CONSTRAINT held_messages_status
                              CHECK (status IN ('held', 'releasing', 'released', 'refused')),
  message_id      uuid,
  error_code      text,
  error_message   text,
  decided_by      text,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT held_messages_once UNIQUE (conversation_id, sender_id, client_id)
);
CREATE INDEX held_messages_queue ON held_messages (tenant_id, id) WHERE status = 'held';
CREATE INDEX held_messages_own ON held_messages (tenant_id, sender_id, id) WHERE body IS NOT NULL;
CREATE INDEX held_messages_age ON held_messages (updated_at);
ALTER TABLE held_messages ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON held_messages USING (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE ON held_messages TO parley_app;
