-- What is to be handed over to somebody's device or address, and what became of it. It holds no words: they are asked for when it is
-- handed over.
CREATE TABLE hand_overs (
  -- what receivers are told as its id: the same at every try
  id              uuid        CONSTRAINT hand_overs_pk PRIMARY KEY,
  tenant_id       text        NOT NULL,
  user_id         text        NOT NULL,
  channel         text        NOT NULL,
  -- the device, or the address
  target          text        NOT NULL,
  -- of what waits for a target there is one for each of these
  collapse_key    text        NOT NULL,
  -- the kind of notification
  kind            text        NOT NULL,
  -- what was shown is taken away, and nothing is shown
  withdraws       boolean     NOT NULL DEFAULT false,
  -- null: it is about several
  conversation_id uuid,
  -- the first and the last of the messages that it is about
  from_seq        bigint      NOT NULL,
  to_seq          bigint      NOT NULL,
  state           text        NOT NULL DEFAULT 'waiting' CONSTRAINT hand_overs_state
                                CHECK (state IN ('waiting', 'accepted', 'withdrawn', 'gone', 'refused', 'dead')),
  -- somebody hands it over; what comes meanwhile is another one
  taken           boolean     NOT NULL DEFAULT false,
  -- when it is looked at next: while it is taken, when whoever took it is believed dead
  due_at          timestamptz NOT NULL,
  attempts        integer     NOT NULL DEFAULT 0,
  -- why the last try came to nothing, or why it ended
  reason          text,
  -- when the first of what it is about happened
  event_at        timestamptz NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  settled_at      timestamptz
);
CREATE UNIQUE INDEX hand_overs_one ON hand_overs (tenant_id, user_id, channel, target, collapse_key)
  WHERE state = 'waiting' AND NOT taken;
CREATE INDEX hand_overs_due ON hand_overs (tenant_id, channel, due_at) WHERE state = 'waiting';
CREATE INDEX hand_overs_dead ON hand_overs (tenant_id, id) WHERE state IN ('refused', 'dead');
CREATE INDEX hand_overs_settled ON hand_overs (settled_at) WHERE settled_at IS NOT NULL;

ALTER TABLE hand_overs ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON hand_overs USING (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE ON hand_overs TO parley_notifier;
