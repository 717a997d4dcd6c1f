-- The words of messages as they are found: a projection, made beside the writing by the log of events (index_messages), which may be
-- emptied and made again. A row is of what its message says now, always: whatever changes the words takes it away in the same
-- transaction. Only functions with their owner's rights touch it.
CREATE TABLE message_search (
  conversation_id uuid        NOT NULL,
  seq             bigint      NOT NULL,
  tenant_id       text        NOT NULL,
  sender_id       text        NOT NULL,
  type            text        NOT NULL,
  created_at      timestamptz NOT NULL,
  -- which making of the projection the row is of
  generation      integer     NOT NULL,
  -- words as domain/search/words.ts makes them, and what search_marks() adds; all begin with the tenant's key
  terms           tsvector    NOT NULL,
  CONSTRAINT message_search_pk PRIMARY KEY (conversation_id, seq)
);
CREATE INDEX message_search_newest ON message_search (tenant_id, created_at, conversation_id, seq);
-- What is not in the tree yet is read by every search: little of it is kept.
CREATE INDEX message_search_terms ON message_search USING gin (terms) WITH (gin_pending_list_limit = 256);

-- How far the projection has come.
CREATE TABLE search_progress (
  single       boolean CONSTRAINT search_progress_pk PRIMARY KEY DEFAULT true CHECK (single),
  -- counts what was done: who has prepared the next step with another number comes too late
  version      bigint  NOT NULL DEFAULT 0,
  -- events up to here have been read, but for the missing ones: ids that nobody had committed then, each with the first transaction
  -- that had not begun by that time. When all before it have ended, the id is nobody's.
  read_to      bigint  NOT NULL,
  missing      bigint[] NOT NULL DEFAULT '{}',
  missing_till bigint[] NOT NULL DEFAULT '{}',
  generation   integer NOT NULL DEFAULT 1,
  -- messages of this generation have been filled in from the newest down to this one; null: all of them
  filled_to    uuid,
  filled       bigint  NOT NULL DEFAULT 0
);
-- Replicas of the former release are writing: some of the last events are read again.
INSERT INTO search_progress (read_to, filled_to)
SELECT greatest(0, coalesce(max(e.id), 0) - 5000), 'ffffffff-ffff-ffff-ffff-ffffffffffff' FROM events e;

CREATE FUNCTION unlist_message() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
BEGIN
  DELETE FROM message_search s WHERE s.conversation_id = OLD.conversation_id AND s.seq = OLD.seq;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION unlist_message FROM PUBLIC;
GRANT EXECUTE ON FUNCTION unlist_message TO parley_app;

CREATE TRIGGER messages_said_otherwise AFTER UPDATE OF content, payload, deleted_at ON messages FOR EACH ROW
  WHEN (OLD.content IS DISTINCT FROM NEW.content OR OLD.payload IS DISTINCT FROM NEW.payload
    OR OLD.deleted_at IS DISTINCT FROM NEW.deleted_at)
  EXECUTE FUNCTION unlist_message();
CREATE TRIGGER messages_gone AFTER DELETE ON messages FOR EACH ROW EXECUTE FUNCTION unlist_message();

ALTER TABLE message_search  ENABLE ROW LEVEL SECURITY;
ALTER TABLE search_progress ENABLE ROW LEVEL SECURITY;
