-- Events that went aside are let go of by the time when they did.
CREATE INDEX outbox_parked ON outbox (parked_at) WHERE parked_at IS NOT NULL;
