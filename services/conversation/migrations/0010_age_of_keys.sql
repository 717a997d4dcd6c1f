-- Outside a transaction: people go on writing while the index is built. Keys of calls are let go of by their age.
DROP INDEX CONCURRENTLY IF EXISTS idempotency_keys_age;
CREATE INDEX CONCURRENTLY idempotency_keys_age ON idempotency_keys (created_at);
