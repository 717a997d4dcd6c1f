-- What people do with the conversations in their lists: archive, mute, pin, delete for themselves, and begin to write.

ALTER TABLE participants
  -- the conversation's activity as they archived it: with later one it is archived no more. Null: whatever comes
  ADD COLUMN archived_seen timestamptz,
  -- when they deleted it for themselves, and its activity then: it is in none of their lists until there is later one
  ADD COLUMN cleared_at    timestamptz,
  ADD COLUMN cleared_seen  timestamptz,
  -- they have a draft there
  ADD COLUMN drafted_at    timestamptz,
  -- when private_counter moved last
  ADD COLUMN private_at    timestamptz,
  -- A place in their list that moves at most once an hour: the conversation's activity is not before it, and less than an hour after.
  -- So a page of a list is a part of an index, and most messages leave the index alone. Null: not known yet.
  ADD COLUMN listed_at     timestamptz;
ALTER TABLE conversations ADD COLUMN listed_at timestamptz;

-- Whoever moves last_message_at holds the conversation's lock.
CREATE FUNCTION move_in_lists() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp SET enable_seqscan = off SET jit = off
AS $$
BEGIN
  UPDATE conversations c SET listed_at = NEW.last_message_at WHERE c.id = NEW.id;
  UPDATE participants p SET listed_at = NEW.last_message_at WHERE p.conversation_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER conversations_moved AFTER UPDATE OF last_message_at ON conversations FOR EACH ROW
  WHEN (OLD.listed_at IS NULL AND NEW.last_message_at IS NOT NULL
    OR NEW.last_message_at < OLD.listed_at OR NEW.last_message_at >= OLD.listed_at + interval '1 hour')
  EXECUTE FUNCTION move_in_lists();

CREATE TABLE drafts (
  conversation_id uuid        NOT NULL,
  user_id         text        NOT NULL,
  tenant_id       text        NOT NULL,
  content         text        NOT NULL,
  reply_to        uuid,
  updated_at      timestamptz NOT NULL,
  CONSTRAINT drafts_pk PRIMARY KEY (conversation_id, user_id)
);
CREATE INDEX drafts_user ON drafts (tenant_id, user_id, updated_at);
ALTER TABLE drafts ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON drafts USING (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON drafts TO parley_app;
