-- A user by their id, for whoever is shown with their name: none or one, by the primary key whatever else there is. A plain join says no more,
-- and yet may be planned as a walk over all users of the tenant: row-level security names the tenant by a constant, and where most tenants
-- have few users, or nobody has counted them yet, the planner takes that for one row. Woven into the query that asks.
CREATE OR REPLACE FUNCTION user_of(p_tenant text, p_user text) RETURNS SETOF users LANGUAGE sql STABLE ROWS 1
BEGIN ATOMIC
  SELECT u.* FROM users u WHERE u.tenant_id = p_tenant AND u.id = p_user OFFSET 0;
END;

-- Who is in a conversation, likewise; `coalesce` keeps it from the index of everybody's lists, which begins with the tenant.
CREATE OR REPLACE FUNCTION people_of(p_conversation uuid) RETURNS SETOF participants LANGUAGE sql STABLE ROWS 2
BEGIN ATOMIC
  SELECT p.* FROM participants p WHERE p.conversation_id = p_conversation AND coalesce(p.left_at, 'infinity') = 'infinity' OFFSET 0;
END;
