-- Those whose place in lists is not known yet: none, once they are filled in.
CREATE INDEX participants_unlisted ON participants (conversation_id) WHERE listed_at IS NULL;
