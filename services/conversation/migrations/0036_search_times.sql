-- What somebody said and heard between two moments, conversation by conversation.
CREATE INDEX message_search_times ON message_search (conversation_id, created_at, seq);

-- search_stretch does that now
DROP FUNCTION IF EXISTS search_step(text, text, text, tsquery, tsquery, uuid[], text, text, text, text, timestamptz, timestamptz, uuid,
  bigint, integer, integer);
