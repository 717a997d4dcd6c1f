-- What somebody has deleted for themself alone: to the others it is there as before. No other index: each message of a page
-- is looked for by its key, and on a small table the planner would take the other one, and read all that they have hidden.
CREATE TABLE hidden_messages (
  conversation_id uuid   NOT NULL,
  user_id         text   NOT NULL,
  seq             bigint NOT NULL,
  tenant_id       text   NOT NULL,
  -- what the participant's private counter came to by it: a device that knows less than that has not heard of it
  private_counter bigint NOT NULL,
  CONSTRAINT hidden_messages_pk PRIMARY KEY (conversation_id, user_id, seq)
);
ALTER TABLE hidden_messages ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON hidden_messages USING (tenant_id = current_tenant());
GRANT SELECT, INSERT ON hidden_messages TO parley_app;

-- Whether there are any of this participant's here: who has hidden nothing pays for no look at them.
ALTER TABLE participants ADD COLUMN hides boolean NOT NULL DEFAULT false;

-- Not what somebody has hidden. OFFSET 0 keeps the planner from reading all that anybody has hidden to find out about one.
CREATE OR REPLACE VIEW visible_messages WITH (security_invoker = true) AS
  SELECT p.user_id AS viewer_id, m.*
  FROM participants p
  JOIN messages m ON m.conversation_id = p.conversation_id AND m.seq > visible_after(p)
  WHERE NOT p.hides OR NOT EXISTS (
    SELECT FROM hidden_messages h
    WHERE h.conversation_id = p.conversation_id AND h.user_id = p.user_id AND h.seq = m.seq OFFSET 0);
