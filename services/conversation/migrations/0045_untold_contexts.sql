-- What conversations of a context have still to be told of its change, and from which on; null once all have been, as nearly everywhere.
ALTER TABLE contexts ADD COLUMN untold jsonb;
