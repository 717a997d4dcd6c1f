-- Nobody sees whether they are there, nor they of others.
ALTER TABLE users ADD COLUMN presence_hidden boolean NOT NULL DEFAULT false;

-- When somebody was there last. Apart from users, which every message looks at, and which is not to grow by who comes and goes.
CREATE TABLE last_seen (
  tenant_id text        NOT NULL,
  user_id   text        NOT NULL,
  at        timestamptz NOT NULL,
  CONSTRAINT last_seen_pk PRIMARY KEY (tenant_id, user_id)
) WITH (fillfactor = 70);
ALTER TABLE last_seen ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON last_seen USING (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE ON last_seen TO parley_app;
