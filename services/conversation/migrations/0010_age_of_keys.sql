-- Keys of calls are let go of by their age.
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
