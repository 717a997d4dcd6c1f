-- What people are told of that is no message: somebody was let into a conversation, its context has changed, a broadcast, a report. It is kept
-- from when it is heard of, and for so long afterwards that hearing of it again tells nobody again. It holds no words.
CREATE TABLE happenings (
  tenant_id text        NOT NULL,
  -- made of what it is
  id        text        NOT NULL,
  kind      text        NOT NULL,
  -- the conversation, the broadcast or the report
  about_id  uuid        NOT NULL,
  -- whom it happened to; null: everybody whom it concerns
  user_id   text,
  -- where the conversation was, or a broadcast's number
  seq       bigint      NOT NULL,
  rev       bigint      NOT NULL,
  at        timestamptz NOT NULL,
  -- whoever comes up to this user is told
  told_to   text,
  done_at   timestamptz,
  CONSTRAINT happenings_pk PRIMARY KEY (tenant_id, id)
);
CREATE INDEX happenings_done ON happenings (done_at) WHERE done_at IS NOT NULL;
ALTER TABLE happenings ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON happenings USING (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE ON happenings TO parley_notifier;

-- Broadcasts and reports are of no conversation: of each kind there is one notification while it is unread.
ALTER TABLE notifications ALTER COLUMN conversation_id DROP NOT NULL;
CREATE UNIQUE INDEX notifications_announced ON notifications (tenant_id, kind, user_id) WHERE read_at IS NULL AND conversation_id IS NULL;
