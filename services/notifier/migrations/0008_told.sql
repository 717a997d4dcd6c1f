-- Up to which message of a conversation somebody was told, or it was decided that they are not. It only moves forward.
CREATE TABLE told (
  tenant_id       text   NOT NULL,
  conversation_id uuid   NOT NULL,
  user_id         text   NOT NULL,
  seq             bigint NOT NULL,
  CONSTRAINT told_pk PRIMARY KEY (tenant_id, conversation_id, user_id)
);

-- What somebody was told of. It holds no words: they are asked for when it is looked at.
CREATE TABLE notifications (
  id              uuid        CONSTRAINT notifications_pk PRIMARY KEY,
  tenant_id       text        NOT NULL,
  user_id         text        NOT NULL,
  kind            text        NOT NULL,
  conversation_id uuid        NOT NULL,
  -- the first and the last of the messages that it is about
  from_seq        bigint      NOT NULL,
  to_seq          bigint      NOT NULL,
  count           integer     NOT NULL,
  -- it stands in the list of the app, and was handed over to devices
  listed          boolean     NOT NULL,
  pushed          boolean     NOT NULL,
  created_at      timestamptz NOT NULL,
  -- in whole milliseconds, as clients hand them back
  updated_at      timestamptz NOT NULL,
  read_at         timestamptz
);
-- while it is unread what comes is counted in it
CREATE UNIQUE INDEX notifications_live ON notifications (tenant_id, user_id, conversation_id) WHERE read_at IS NULL;
CREATE INDEX notifications_listed ON notifications (tenant_id, user_id, updated_at DESC, id DESC) WHERE listed;
CREATE INDEX notifications_unread ON notifications (tenant_id, user_id, updated_at DESC, id DESC) WHERE listed AND read_at IS NULL;
CREATE INDEX notifications_read ON notifications (read_at) WHERE read_at IS NOT NULL;

ALTER TABLE told          ENABLE ROW LEVEL SECURITY;
ALTER TABLE notifications ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON told          USING (tenant_id = current_tenant());
CREATE POLICY own_tenant ON notifications USING (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE ON told, notifications TO parley_notifier;
