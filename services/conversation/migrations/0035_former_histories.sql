-- Messages that were deleted for everyone before their histories went with them (0017) have their former words there still: how far
-- clean_histories has come with taking them out. No row: to the end.
CREATE TABLE histories_progress (
  single  boolean NOT NULL DEFAULT true CONSTRAINT histories_progress_pk PRIMARY KEY CHECK (single),
  done_to uuid    NOT NULL
);
ALTER TABLE histories_progress ENABLE ROW LEVEL SECURITY;
INSERT INTO histories_progress (done_to)
SELECT '00000000-0000-0000-0000-000000000000' WHERE EXISTS (SELECT FROM message_edits);

-- said by unread_of() now
DROP FUNCTION IF EXISTS has_unread(participants);
