-- What the collector has to ask about, of all tenants: never sent, or claimed and not known to be written. The eldest first.
CREATE OR REPLACE FUNCTION due_attachments(p_limit integer) RETURNS TABLE (tenant_id text, id uuid)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = storage, pg_temp SET enable_seqscan = off
AS $$
  SELECT a.tenant_id, a.id FROM attachments a WHERE a.due_at <= now() AND a.purpose = 'message' ORDER BY a.due_at LIMIT p_limit
$$;

-- Of which pictures it is to be asked whether anybody has them, of all tenants. The eldest first.
CREATE OR REPLACE FUNCTION due_pictures(p_limit integer) RETURNS TABLE (tenant_id text, id uuid)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = storage, pg_temp SET enable_seqscan = off
AS $$
  SELECT a.tenant_id, a.id FROM attachments a WHERE a.due_at <= now() AND a.purpose <> 'message' ORDER BY a.due_at LIMIT p_limit
$$;

-- Of the bytes that are due: those that nothing refers to leave the account, and are to be removed; the others stay. Returns how many
-- were looked at. Whoever is about to refer to them has said so (kept_until), and whoever refers to them in this moment holds, by the
-- foreign key, what is locked here.
CREATE OR REPLACE FUNCTION doom_blobs(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = storage, pg_temp SET enable_seqscan = off
AS $$
DECLARE
  blob blobs;
  looked integer := 0;
BEGIN
  FOR blob IN
    SELECT * FROM blobs b WHERE b.due_at <= now() ORDER BY b.due_at LIMIT p_limit FOR UPDATE SKIP LOCKED
  LOOP
    looked := looked + 1;
    IF EXISTS (SELECT FROM attachments a WHERE a.tenant_id = blob.tenant_id AND a.sha256 = blob.sha256)
      OR EXISTS (SELECT FROM variants v WHERE v.tenant_id = blob.tenant_id AND v.sha256 = blob.sha256) THEN
      UPDATE blobs b SET due_at = NULL WHERE b.tenant_id = blob.tenant_id AND b.sha256 = blob.sha256;
    ELSIF blob.kept_until > now() THEN
      UPDATE blobs b SET due_at = b.kept_until WHERE b.tenant_id = blob.tenant_id AND b.sha256 = blob.sha256;
    ELSE
      DELETE FROM blobs b WHERE b.tenant_id = blob.tenant_id AND b.sha256 = blob.sha256;
      INSERT INTO doomed_objects (object_key) VALUES (blob.object_key) ON CONFLICT DO NOTHING;
    END IF;
  END LOOP;
  RETURN looked;
END $$;

-- Takes over up to so many objects that are to be removed, for a minute: whoever dies over them gives them back by its end.
CREATE OR REPLACE FUNCTION claim_doomed(p_limit integer) RETURNS TABLE (object_key text)
LANGUAGE sql SECURITY DEFINER
SET search_path = storage, pg_temp
AS $$
  WITH due AS MATERIALIZED (
    SELECT d.object_key FROM doomed_objects d WHERE d.run_at <= now()
    ORDER BY d.run_at LIMIT p_limit FOR UPDATE SKIP LOCKED)
  UPDATE doomed_objects d SET run_at = clock_timestamp() + interval '1 minute'
  FROM due WHERE d.object_key = due.object_key RETURNING d.object_key
$$;

-- They are removed.
CREATE OR REPLACE FUNCTION forget_doomed(p_keys text[]) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = storage, pg_temp
AS $$ DELETE FROM doomed_objects d WHERE d.object_key = ANY (p_keys) $$;

-- Those among these keys that the account knows.
CREATE OR REPLACE FUNCTION known_objects(p_keys text[]) RETURNS TABLE (object_key text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = storage, pg_temp SET enable_seqscan = off
AS $$
  SELECT b.object_key FROM blobs b WHERE b.object_key = ANY (p_keys)
  UNION ALL
  SELECT d.object_key FROM doomed_objects d WHERE d.object_key = ANY (p_keys)
$$;

-- Lets go of what says that messages were deleted, after the fourteen days in which their events may still come, so many at once;
-- returns how many there were.
CREATE OR REPLACE FUNCTION forget_deleted_messages(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = storage, pg_temp SET enable_seqscan = off
AS $$
DECLARE
  forgotten integer;
BEGIN
  DELETE FROM deleted_messages WHERE message_id = ANY (ARRAY(
    SELECT d.message_id FROM deleted_messages d WHERE d.created_at < now() - interval '14 days'
    ORDER BY d.created_at LIMIT p_limit));
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  RETURN forgotten;
END $$;

-- Whose picture it is: its address names nobody.
CREATE OR REPLACE FUNCTION tenant_of_picture(p_id uuid) RETURNS TABLE (tenant_id text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = storage, pg_temp
AS $$ SELECT a.tenant_id FROM attachments a WHERE a.id = p_id AND a.purpose <> 'message' $$;

-- How many attachments wait for the scanner, of all tenants.
CREATE OR REPLACE FUNCTION count_pending() RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = storage, pg_temp
AS $$ SELECT count(*)::integer FROM jobs j WHERE j.kind = 'scan' $$;

REVOKE ALL ON FUNCTION due_attachments, due_pictures, doom_blobs, claim_doomed, forget_doomed, known_objects, forget_deleted_messages,
  tenant_of_picture, count_pending FROM PUBLIC;
GRANT EXECUTE ON FUNCTION due_attachments, due_pictures, doom_blobs, claim_doomed, forget_doomed, known_objects, forget_deleted_messages,
  tenant_of_picture, count_pending TO parley_storage;
