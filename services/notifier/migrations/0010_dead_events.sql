-- Events of the stream that a consumer could not handle, by reference: what they tell is read again when they are handled again.
CREATE TABLE dead_events (
  id              uuid        CONSTRAINT dead_events_pk PRIMARY KEY,
  tenant_id       text        NOT NULL,
  consumer        text        NOT NULL,
  -- as the stream has it
  event_id        text        NOT NULL,
  subject         text        NOT NULL,
  -- null: nothing keeps it
  sequence        bigint,
  -- null: it cannot be told
  type            text,
  conversation_id uuid,
  -- what it takes to tell of it again; null: it never will be
  place           jsonb,
  -- 'lost': what it told of is not there any more
  state           text        NOT NULL DEFAULT 'aside' CONSTRAINT dead_events_state CHECK (state IN ('aside', 'waiting', 'lost')),
  -- why the last try came to nothing; never what people have written
  error           text        NOT NULL,
  failures        integer     NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL DEFAULT now(),
  failed_at       timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT dead_events_event UNIQUE (tenant_id, consumer, event_id)
);
CREATE INDEX dead_events_list ON dead_events (tenant_id, id);
CREATE INDEX dead_events_failed ON dead_events (failed_at);

ALTER TABLE dead_events ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON dead_events USING (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON dead_events TO parley_notifier;
