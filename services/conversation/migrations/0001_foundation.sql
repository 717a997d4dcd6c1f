-- The tables of design section 4 as far as they are in use. Processes connect as `parley_app`, which row-level security
-- binds: an ordinary query sees the rows of the tenant named in `parley.tenant` for the transaction, and none without it.

DO $$ BEGIN
  CREATE ROLE parley_app NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL; -- roles belong to the server, and another database on it has made this one
END $$;
DO $$ BEGIN
  IF NOT pg_has_role(current_user, 'parley_app', 'MEMBER') THEN
    EXECUTE format('GRANT parley_app TO %I', current_user);
  END IF;
END $$;

CREATE FUNCTION current_tenant() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
  RETURN current_setting('parley.tenant', true);

CREATE TABLE tenants (
  id         text        CONSTRAINT tenants_pk PRIMARY KEY CONSTRAINT tenants_id_format CHECK (id ~ '^[a-z0-9-]{1,40}$'),
  -- part of every cursor; another value tells clients that the history they hold may not be ours
  epoch      bigint      NOT NULL DEFAULT 1,
  policy     jsonb       NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE users (
  tenant_id   text        NOT NULL CONSTRAINT users_tenant_fk REFERENCES tenants (id),
  id          text        NOT NULL,
  name        text,
  avatar_url  text,
  host_role   text,
  disabled_at timestamptz,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT users_pk PRIMARY KEY (tenant_id, id)
);

CREATE TABLE conversations (
  id                   uuid        CONSTRAINT conversations_pk PRIMARY KEY,
  tenant_id            text        NOT NULL CONSTRAINT conversations_tenant_fk REFERENCES tenants (id),
  kind                 text        NOT NULL CONSTRAINT conversations_kind CHECK (kind IN ('direct', 'group', 'context')),
  -- a hash of the sorted pair: a direct conversation is unique per pair
  direct_key           text,
  title                text,
  status               text        NOT NULL DEFAULT 'active'
                                   CONSTRAINT conversations_status CHECK (status IN ('active', 'read_only', 'closed')),
  status_reason        text,
  closes_at            timestamptz,
  metadata             jsonb       NOT NULL DEFAULT '{}',
  created_by           text        NOT NULL,
  -- seq counts messages, rev every other shared change: both dense, so seq + rev is the conversation's position
  last_seq             bigint      NOT NULL DEFAULT 0,
  rev                  bigint      NOT NULL DEFAULT 0,
  participants_version bigint      NOT NULL DEFAULT 0,
  participant_count    integer     NOT NULL DEFAULT 0,
  last_message_at      timestamptz,
  created_at           timestamptz NOT NULL DEFAULT now(),
  updated_at           timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70); -- last_seq moves with every message; room on the page keeps that update out of the indexes
CREATE UNIQUE INDEX conversations_direct_key ON conversations (tenant_id, direct_key) WHERE direct_key IS NOT NULL;

CREATE TABLE participants (
  conversation_id    uuid        NOT NULL CONSTRAINT participants_conversation_fk REFERENCES conversations (id),
  user_id            text        NOT NULL,
  tenant_id          text        NOT NULL,
  role               text        NOT NULL,
  joined_at          timestamptz NOT NULL DEFAULT now(),
  left_at            timestamptz,
  -- nothing up to here is theirs to see: set on joining, and again on rejoining
  visible_from_seq   bigint      NOT NULL DEFAULT 0,
  cleared_before_seq bigint      NOT NULL DEFAULT 0,
  last_read_seq      bigint      NOT NULL DEFAULT 0,
  last_delivered_seq bigint      NOT NULL DEFAULT 0,
  unread_from        bigint,
  muted_until        timestamptz,
  archived_at        timestamptz,
  pinned_at          timestamptz,
  -- counts what only this participant changed for themself
  private_counter    bigint      NOT NULL DEFAULT 0,
  -- the conversation's revision that last changed this row, and the one in which they joined
  rev                bigint      NOT NULL DEFAULT 0,
  joined_rev         bigint      NOT NULL DEFAULT 0,
  CONSTRAINT participants_pk PRIMARY KEY (conversation_id, user_id)
) WITH (fillfactor = 80);
CREATE INDEX participants_user ON participants (tenant_id, user_id) WHERE left_at IS NULL;

-- No foreign key to conversations: append holds the conversation's lock and has just read it, and the check would cost a
-- trigger per message on the hot path.
CREATE TABLE messages (
  conversation_id uuid        NOT NULL,
  seq             bigint      NOT NULL,
  id              uuid        NOT NULL,
  tenant_id       text        NOT NULL,
  sender_id       text        NOT NULL,
  type            text        NOT NULL,
  content         text        NOT NULL,
  payload         jsonb,
  client_id       text        NOT NULL,
  body_hash       text        NOT NULL,
  rev             bigint      NOT NULL DEFAULT 0,
  edited_at       timestamptz,
  deleted_at      timestamptz,
  created_at      timestamptz NOT NULL,
  CONSTRAINT messages_pk PRIMARY KEY (conversation_id, seq),
  CONSTRAINT messages_id UNIQUE (id)
);
-- The conversation as bytes, so that the probe for a repeated send fits no other index: on tables that nobody has counted yet
-- the planner took the primary key, and read the whole conversation for each message.
CREATE UNIQUE INDEX messages_client_id ON messages (uuid_send(conversation_id), sender_id, client_id);
CREATE INDEX messages_changed ON messages (conversation_id, rev) WHERE rev > 0;

CREATE TABLE message_edits (
  message_id uuid        NOT NULL CONSTRAINT message_edits_message_fk REFERENCES messages (id),
  rev        bigint      NOT NULL,
  tenant_id  text        NOT NULL,
  content    text        NOT NULL, -- as it stood before this revision
  edited_by  text        NOT NULL,
  edited_at  timestamptz NOT NULL,
  CONSTRAINT message_edits_pk PRIMARY KEY (message_id, rev)
);

CREATE TABLE read_marks (
  conversation_id uuid        NOT NULL,
  user_id         text        NOT NULL,
  seq             bigint      NOT NULL,
  tenant_id       text        NOT NULL,
  at              timestamptz NOT NULL,
  CONSTRAINT read_marks_pk PRIMARY KEY (conversation_id, user_id, seq)
);

CREATE TABLE idempotency_keys (
  tenant_id  text        NOT NULL,
  user_id    text        NOT NULL,
  operation  text        NOT NULL,
  key        text        NOT NULL,
  body_hash  text        NOT NULL,
  result     text        NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT idempotency_keys_pk PRIMARY KEY (tenant_id, user_id, operation, key)
);

-- What happened, by reference: a row per batch, an array element per change. The text stays in its own row, so that a word
-- deleted before its event is relayed does not come back.
CREATE SEQUENCE events_id;
CREATE TABLE events (
  id               bigint      NOT NULL DEFAULT nextval('events_id'),
  at               timestamptz NOT NULL,
  type             text        NOT NULL,
  tenant_ids       text[]      NOT NULL,
  conversation_ids uuid[]      NOT NULL,
  seqs             bigint[]    NOT NULL,
  revs             bigint[]    NOT NULL,
  -- whom a change of a participant is about; null where it is about a message
  user_ids         text[],
  CONSTRAINT events_pk PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
-- Catches what no day partition takes, so that a missed maintenance never stops a write.
CREATE TABLE events_default PARTITION OF events DEFAULT;

-- A narrow pointer at what JetStream has not acknowledged yet.
CREATE TABLE outbox (
  event_id      bigint      CONSTRAINT outbox_pk PRIMARY KEY,
  event_at      timestamptz NOT NULL,
  claimed_until timestamptz,
  attempts      integer     NOT NULL DEFAULT 0,
  -- set after five refusals: the event went aside so that the others flow
  parked_at     timestamptz
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- The one visibility rule: what a viewer may see of a conversation now. Pages, sync, healing, previews and unread counts
-- all read through this view. Whoever pages through it names `seq > visible_after` as well: otherwise the planner looks at
-- each message before what they may see, to find that they may not.
CREATE FUNCTION visible_after(p participants) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN p.left_at IS NULL THEN greatest(p.visible_from_seq, p.cleared_before_seq) END;

CREATE VIEW visible_messages WITH (security_invoker = true) AS
  SELECT p.user_id AS viewer_id, m.*
  FROM participants p
  JOIN messages m ON m.conversation_id = p.conversation_id AND m.seq > visible_after(p);

-- Derived, never counted up and down, and never more than 100 steps of an index.
CREATE FUNCTION unread_count(p_conversation uuid, p_user text) RETURNS integer LANGUAGE plpgsql STABLE
-- Not in SQL: its plan is kept that way. In two steps: row-level security takes coalesce() for something that may tell on
-- rows, and keeps a condition with it from the index.
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off
AS $$
DECLARE
  read_to bigint;
BEGIN
  SELECT greatest(least(p.last_read_seq, coalesce(p.unread_from - 1, p.last_read_seq)), visible_after(p)) INTO read_to
  FROM participants p WHERE p.conversation_id = p_conversation AND p.user_id = p_user;
  RETURN (SELECT count(*) FROM (
    SELECT 1 FROM visible_messages m
    WHERE m.conversation_id = p_conversation AND m.viewer_id = p_user AND m.seq > read_to
      AND m.sender_id <> p_user AND m.type <> 'system' AND m.deleted_at IS NULL
    LIMIT 100
  ) counted);
END $$;

ALTER TABLE tenants          ENABLE ROW LEVEL SECURITY;
ALTER TABLE users            ENABLE ROW LEVEL SECURITY;
ALTER TABLE conversations    ENABLE ROW LEVEL SECURITY;
ALTER TABLE participants     ENABLE ROW LEVEL SECURITY;
ALTER TABLE messages         ENABLE ROW LEVEL SECURITY;
ALTER TABLE message_edits    ENABLE ROW LEVEL SECURITY;
ALTER TABLE read_marks       ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
-- No policy on these two: only the functions below touch them.
ALTER TABLE events           ENABLE ROW LEVEL SECURITY;
ALTER TABLE outbox           ENABLE ROW LEVEL SECURITY;

CREATE POLICY own_tenant ON tenants          USING (id = current_tenant());
CREATE POLICY own_tenant ON users            USING (tenant_id = current_tenant());
CREATE POLICY own_tenant ON conversations    USING (tenant_id = current_tenant());
CREATE POLICY own_tenant ON participants     USING (tenant_id = current_tenant());
CREATE POLICY own_tenant ON messages         USING (tenant_id = current_tenant());
CREATE POLICY own_tenant ON message_edits    USING (tenant_id = current_tenant());
CREATE POLICY own_tenant ON read_marks       USING (tenant_id = current_tenant());
CREATE POLICY own_tenant ON idempotency_keys USING (tenant_id = current_tenant());

GRANT USAGE ON SCHEMA public TO parley_app;
GRANT SELECT, INSERT, UPDATE ON tenants, users, conversations, participants, messages TO parley_app;
GRANT SELECT, INSERT ON message_edits, read_marks, idempotency_keys TO parley_app;
GRANT SELECT ON visible_messages TO parley_app;
