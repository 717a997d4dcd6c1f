-- What few messages have: one that they answer, whom they mention, and the like. All of it is null in a plain text.
ALTER TABLE messages ADD COLUMN reply_to uuid, ADD COLUMN mentions text[], ADD COLUMN forwarded boolean, ADD COLUMN silent boolean,
  ADD COLUMN pinned_at timestamptz, ADD COLUMN pinned_by text;

CREATE OR REPLACE VIEW visible_messages WITH (security_invoker = true) AS
  SELECT p.user_id AS viewer_id, m.*
  FROM participants p
  JOIN messages m ON m.conversation_id = p.conversation_id AND m.seq > visible_after(p);
