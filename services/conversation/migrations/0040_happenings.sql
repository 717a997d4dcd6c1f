-- At which revision a conversation was told last that its context has another title or status, and who changed that; null: never, and nobody
-- whom the host has named.
ALTER TABLE conversations ADD COLUMN context_rev bigint, ADD COLUMN context_by text;
-- Who moderates a tenant is found by the host's words for them.
CREATE INDEX users_host_role ON users (tenant_id, host_role, id) WHERE host_role IS NOT NULL;
-- It has one argument more now, and nothing else calls it.
DROP FUNCTION IF EXISTS audience_standing(text, text, uuid, bigint, bigint, boolean);
