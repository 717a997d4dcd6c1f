-- The trace that a delivery belongs to, where what it tells of was traced.
ALTER TABLE webhook_deliveries ADD COLUMN traceparent text;
