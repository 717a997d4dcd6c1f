-- Outside a transaction: events are written meanwhile. Those that went aside are let go of by the time when they did.
DROP INDEX CONCURRENTLY IF EXISTS outbox_parked;
CREATE INDEX CONCURRENTLY outbox_parked ON outbox (parked_at) WHERE parked_at IS NOT NULL;
