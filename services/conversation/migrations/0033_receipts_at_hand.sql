-- Every view and every receipt asks for it: a policy may be long, and is kept out of line then.
ALTER TABLE tenants ADD COLUMN hides_receipts boolean NOT NULL
  GENERATED ALWAYS AS (coalesce(policy #>> '{visibility,receipts}' = 'false', false)) STORED;

-- Whoever came later than a message that is answered: nobody, where everybody sees everything.
CREATE INDEX participants_late ON participants (conversation_id, visible_from_seq) WHERE visible_from_seq > 0;
