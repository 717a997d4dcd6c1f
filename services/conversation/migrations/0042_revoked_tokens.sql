-- Tokens that were issued before are refused.
ALTER TABLE users ADD COLUMN revoked_before timestamptz;
-- Sessions whose tokens are refused, each with when it was ended, in epoch milliseconds; null where there is none, as nearly everywhere.
ALTER TABLE users ADD COLUMN ended_sessions jsonb;
