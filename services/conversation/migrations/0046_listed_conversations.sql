-- A tenant's conversations, the most recently active first: by the place in lists that moves at most once an hour, as messages leave it.
-- For whoever names the condition alone: to the planner it would be as good a way to any conversation of a tenant as its key.
CREATE INDEX conversations_listed ON conversations (tenant_id, listed_at DESC) WHERE created_at > '-infinity';
