-- Outside a transaction: people go on writing while the index is built. For whom somebody has met where they are no more.
DROP INDEX CONCURRENTLY IF EXISTS participants_gone;
CREATE INDEX CONCURRENTLY participants_gone ON participants (tenant_id, user_id) WHERE left_at IS NOT NULL;
