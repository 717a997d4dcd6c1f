-- Since when somebody has been in a conversation, comings and goings aside: whom they have met there, ever. Null: since joined_at.
ALTER TABLE participants ADD COLUMN first_joined_at timestamptz;
-- For whom somebody has met where they are no more.
CREATE INDEX participants_gone ON participants (tenant_id, user_id) WHERE left_at IS NOT NULL;
