-- As for hand-overs.
CREATE INDEX notifications_messages ON notifications (conversation_id, to_seq, from_seq);
