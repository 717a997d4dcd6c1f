-- Pictures that nobody has go as well: it is asked once a day who has them.
CREATE INDEX attachments_pictures_due ON attachments (due_at) WHERE purpose <> 'message' AND due_at IS NOT NULL;
UPDATE attachments SET due_at = now() + interval '1 day' WHERE purpose <> 'message' AND due_at IS NULL;
