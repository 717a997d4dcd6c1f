-- Somebody wants a job done again, by then, while it is at work.
ALTER TABLE jobs ADD COLUMN IF NOT EXISTS again_at timestamptz;
