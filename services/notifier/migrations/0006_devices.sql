-- The devices and browsers that pushes go to.
CREATE TABLE devices (
  tenant_id  text        NOT NULL,
  user_id    text        NOT NULL,
  -- as the client calls it
  id         text        NOT NULL,
  channel    text        NOT NULL CONSTRAINT devices_channel CHECK (channel IN ('web_push', 'fcm', 'apns')),
  -- where it is reached: a token, or the endpoint of a browser's subscription
  address    text        NOT NULL,
  -- what addresses are told apart by: they are too long for an index
  address_hash text    NOT NULL,
  -- of a browser: what pushes are encrypted for
  keys       jsonb,
  locale     text,
  app        text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT devices_pk PRIMARY KEY (tenant_id, user_id, id),
  CONSTRAINT devices_address UNIQUE (tenant_id, channel, address_hash)
);
ALTER TABLE devices ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON devices USING (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON devices TO parley_notifier;
