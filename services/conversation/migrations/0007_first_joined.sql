-- Since when somebody has been in a conversation, comings and goings aside: whom they have met there, ever. Null: since joined_at.
ALTER TABLE participants ADD COLUMN first_joined_at timestamptz;
