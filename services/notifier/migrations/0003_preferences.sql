-- How people want to be told. Who has said nothing has no row: the tenant's rules hold.

CREATE TABLE preferences (
  tenant_id  text        NOT NULL,
  user_id    text        NOT NULL,
  -- as it was put; what is left out follows the tenant's rules
  said       jsonb       NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT preferences_pk PRIMARY KEY (tenant_id, user_id)
);

-- Of what in one conversation somebody is told; without a row of all.
CREATE TABLE conversation_levels (
  tenant_id       text NOT NULL,
  conversation_id uuid NOT NULL,
  user_id         text NOT NULL,
  level           text NOT NULL CONSTRAINT conversation_levels_level CHECK (level IN ('mentions', 'nothing')),
  CONSTRAINT conversation_levels_pk PRIMARY KEY (tenant_id, conversation_id, user_id)
);

ALTER TABLE preferences         ENABLE ROW LEVEL SECURITY;
ALTER TABLE conversation_levels ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON preferences         USING (tenant_id = current_tenant());
CREATE POLICY own_tenant ON conversation_levels USING (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON preferences, conversation_levels TO parley_notifier;
