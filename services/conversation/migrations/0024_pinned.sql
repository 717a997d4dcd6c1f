-- Those that somebody has pinned.
CREATE INDEX participants_pinned ON participants (tenant_id, user_id) WHERE pinned_at IS NOT NULL;
