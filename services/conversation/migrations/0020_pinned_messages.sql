-- What is pinned in a conversation; of nearly all messages nothing is in it.
CREATE INDEX messages_pinned ON messages (conversation_id, pinned_at) WHERE pinned_at IS NOT NULL;
