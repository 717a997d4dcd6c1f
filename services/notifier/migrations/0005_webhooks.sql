-- Who of the tenants' hosts is told of events over HTTP.
CREATE TABLE webhook_endpoints (
  id              uuid        CONSTRAINT webhook_endpoints_pk PRIMARY KEY,
  tenant_id       text        NOT NULL,
  url             text        NOT NULL,
  events          text[]      NOT NULL,
  description     text,
  -- sealed with a key of the processes'
  secret          text        NOT NULL,
  -- signs as well until then
  former_secret   text,
  former_until    timestamptz,
  -- why it is told of nothing; null: it is told
  disabled_reason text        CONSTRAINT webhook_endpoints_disabled_reason
                                CHECK (disabled_reason IN ('host', 'gone', 'failing')),
  disabled_at     timestamptz,
  -- how many tries in a row came to nothing, and since when
  failures        integer     NOT NULL DEFAULT 0,
  failing_since   timestamptz,
  -- its lane does not come before that
  rests_until     timestamptz,
  -- it is told of what happens from then on
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX webhook_endpoints_tenant ON webhook_endpoints (tenant_id, id);

-- One event for one of them.
CREATE TABLE webhook_deliveries (
  id           uuid        CONSTRAINT webhook_deliveries_pk PRIMARY KEY,
  tenant_id    text        NOT NULL,
  endpoint_id  uuid        NOT NULL CONSTRAINT webhook_deliveries_endpoint_fk
                             REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
  event_id     text        NOT NULL,
  type         text        NOT NULL,
  event_at     timestamptz NOT NULL,
  -- whose words are in the body, and whose preview
  message_id   uuid,
  reply_to_id  uuid,
  -- null: the words were deleted for everyone
  body         text,
  status       text        NOT NULL DEFAULT 'waiting' CONSTRAINT webhook_deliveries_status
                             CHECK (status IN ('waiting', 'delivered', 'failed', 'withdrawn')),
  attempts     integer     NOT NULL DEFAULT 0,
  -- when it is tried next, or, while it is being sent, again if nobody says what came of it; null: it waits for nothing
  due_at       timestamptz DEFAULT now(),
  -- of the last try: at, durationMs, status, error
  answer       jsonb,
  answer_body  text,
  delivered_at timestamptz,
  created_at   timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT webhook_deliveries_event UNIQUE (endpoint_id, event_id)
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_deliveries_list ON webhook_deliveries (endpoint_id, id);
CREATE INDEX webhook_deliveries_happened ON webhook_deliveries (endpoint_id, event_at);
CREATE INDEX webhook_deliveries_message ON webhook_deliveries (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX webhook_deliveries_reply_to ON webhook_deliveries (reply_to_id) WHERE reply_to_id IS NOT NULL;
CREATE INDEX webhook_deliveries_created ON webhook_deliveries (created_at);

-- Messages that were deleted for everyone, of tenants that have webhooks: events come in no promised order, and what has the words may
-- come after what tells of the deletion.
CREATE TABLE webhook_erasures (
  message_id uuid        CONSTRAINT webhook_erasures_pk PRIMARY KEY,
  tenant_id  text        NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX webhook_erasures_created ON webhook_erasures (created_at);

ALTER TABLE webhook_endpoints  ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_deliveries ENABLE ROW LEVEL SECURITY;
-- No policy on this one: only the functions touch it.
ALTER TABLE webhook_erasures   ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON webhook_endpoints  USING (tenant_id = current_tenant());
CREATE POLICY own_tenant ON webhook_deliveries USING (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_endpoints TO parley_notifier;
GRANT SELECT, INSERT, UPDATE ON webhook_deliveries TO parley_notifier;
