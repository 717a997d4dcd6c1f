-- For whom somebody has met where they are no more.
CREATE INDEX participants_gone ON participants (tenant_id, user_id) WHERE left_at IS NOT NULL;
