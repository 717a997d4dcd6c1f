-- The session of the token that registered a device last, and when that token was issued: what is told to it ends with them. Null of
-- those from before, and of tokens that do not say it.
ALTER TABLE devices ADD COLUMN session_id text;
ALTER TABLE devices ADD COLUMN issued_at timestamptz;
