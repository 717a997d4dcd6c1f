CREATE TABLE notes (
  tenant_id text NOT NULL,
  text      text NOT NULL
);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON notes USING (tenant_id = current_setting('parley.tenant', true));
DO $$ BEGIN
  EXECUTE format('GRANT SELECT, INSERT ON notes TO %I', 'parley_test_' || current_schema());
END $$;
