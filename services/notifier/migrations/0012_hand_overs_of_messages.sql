-- Who was told of a message is asked by where it stands. An index of a table that may be large has a file of its own.
CREATE INDEX hand_overs_messages ON hand_overs (conversation_id, to_seq, from_seq) WHERE conversation_id IS NOT NULL;
