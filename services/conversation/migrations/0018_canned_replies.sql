-- Replies that somebody has at hand: a user's own, and with the owner '' those of the tenant.
CREATE TABLE canned_replies (
  tenant_id  text        NOT NULL,
  owner_id   text        NOT NULL,
  shortcut   text        COLLATE "C" NOT NULL,
  text       text        NOT NULL,
  -- of the tenant's: who may use it, by the words of their tokens; null: everybody
  roles      text[],
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT canned_replies_pk PRIMARY KEY (tenant_id, owner_id, shortcut)
);
ALTER TABLE canned_replies ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON canned_replies USING (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON canned_replies TO parley_app;
