-- Under which ids a hand-over may have come to its receiver, and up to which message of each: [[id, seq], ...]; null: under its own alone.
ALTER TABLE hand_overs ADD COLUMN sent_as jsonb;
