-- Few keep receipts to themselves: whoever tells receipts looks for them in here.
CREATE INDEX users_receipts_hidden ON users (tenant_id, id) WHERE receipts_hidden;
