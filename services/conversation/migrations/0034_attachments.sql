-- What few messages have besides: { attachments, linkPreview }, or of a deleted one { deletedAttachments }. Null in a plain text.
ALTER TABLE messages ADD COLUMN extras jsonb;

CREATE OR REPLACE VIEW visible_messages WITH (security_invoker = true) AS
  SELECT p.user_id AS viewer_id, m.*
  FROM participants p
  JOIN messages m ON m.conversation_id = p.conversation_id AND m.seq > visible_after(p)
  WHERE NOT p.hides OR NOT EXISTS (
    SELECT FROM hidden_messages h
    WHERE h.conversation_id = p.conversation_id AND h.user_id = p.user_id AND h.seq = m.seq OFFSET 0);

-- Of what was attached to a message that is deleted for everyone only the ids stay, by which whoever keeps the files lets go of them;
-- whoever deletes it: a replica of the former release too.
CREATE FUNCTION empty_extras() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
  ids jsonb := jsonb_path_query_array(OLD.extras, '$.attachments[*].id')
    || jsonb_path_query_array(OLD.extras, '$.linkPreview.image.id');
BEGIN
  NEW.extras := CASE WHEN jsonb_array_length(ids) > 0 THEN jsonb_build_object('deletedAttachments', ids) END;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION empty_extras FROM PUBLIC;
GRANT EXECUTE ON FUNCTION empty_extras TO parley_app;

CREATE TRIGGER messages_empty_extras BEFORE UPDATE OF deleted_at ON messages
  FOR EACH ROW WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL AND OLD.extras IS NOT NULL)
  EXECUTE FUNCTION empty_extras();
