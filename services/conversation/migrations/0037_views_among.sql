-- Conversations are seen by views_among(), many at a time.
DROP FUNCTION IF EXISTS conversation_view(text, uuid, integer);
