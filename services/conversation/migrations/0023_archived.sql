-- Those that somebody has archived.
CREATE INDEX participants_archived ON participants (tenant_id, user_id, listed_at DESC) WHERE archived_at IS NOT NULL;
