-- The words in which a tenant's people are told, where they are the tenant's own.

CREATE TABLE templates (
  tenant_id  text        NOT NULL,
  kind       text        NOT NULL,
  channel    text        NOT NULL,
  locale     text        NOT NULL,
  words      jsonb       NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  updated_by text        NOT NULL,
  CONSTRAINT templates_pk PRIMARY KEY (tenant_id, kind, channel, locale)
);

ALTER TABLE templates ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON templates USING (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON templates TO parley_notifier;
