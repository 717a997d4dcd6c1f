-- Addresses that no server takes e-mails for. Whoever turns e-mails on again has theirs tried again, and so has everybody after a while.
CREATE TABLE unreachable_addresses (
  tenant_id text        NOT NULL,
  -- in lower case
  address   text        NOT NULL,
  reason    text        NOT NULL,
  since     timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT unreachable_addresses_pk PRIMARY KEY (tenant_id, address)
);
ALTER TABLE unreachable_addresses ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON unreachable_addresses USING (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON unreachable_addresses TO parley_notifier;

-- Where what somebody answers to an e-mail arrives: an address is long for what it stands for.
CREATE TABLE reply_addresses (
  -- made of the rest with a key, so that nobody guesses one
  id              text        CONSTRAINT reply_addresses_pk PRIMARY KEY,
  tenant_id       text        NOT NULL,
  user_id         text        NOT NULL,
  conversation_id uuid        NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE reply_addresses ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON reply_addresses USING (tenant_id = current_tenant());
GRANT SELECT, INSERT ON reply_addresses TO parley_notifier;
