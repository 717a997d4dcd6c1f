-- Somebody's conversations, the most recently active first.
CREATE INDEX participants_listed ON participants (tenant_id, user_id, listed_at DESC) WHERE left_at IS NULL;
