-- This database was restored from a backup: clients and consumers are to trust nothing that they hold of what came after it. Again changes
-- nothing, as long as nothing has happened since. The epoch is the time, so that one that is restored again never has an epoch that
-- somebody holds of a restore that was lost.
CREATE OR REPLACE FUNCTION restored(OUT backed_up_at timestamptz, OUT restored_at timestamptz, OUT again boolean, OUT tenant_count bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
  epoch_ bigint;
BEGIN
  LOCK TABLE restores IN SHARE ROW EXCLUSIVE MODE;
  SELECT e.at INTO backed_up_at FROM events e ORDER BY e.id DESC LIMIT 1;
  SELECT r.at INTO restored_at FROM restores r ORDER BY r.epoch DESC LIMIT 1;
  again := restored_at IS NOT NULL AND coalesce(backed_up_at < restored_at, true);
  IF again THEN
    SELECT count(*) INTO tenant_count FROM tenants;
    RETURN;
  END IF;
  -- also by a clock that is behind the one that the backup was made by
  restored_at := greatest(clock_timestamp(), backed_up_at + interval '1 millisecond');
  SELECT greatest(extract(epoch FROM restored_at)::bigint, coalesce(max(t.epoch), 0) + 1) INTO epoch_ FROM tenants t;
  INSERT INTO restores (epoch, at) VALUES (epoch_, restored_at);
  UPDATE tenants SET epoch = epoch_;
  GET DIAGNOSTICS tenant_count = ROW_COUNT;
END $$;

REVOKE ALL ON FUNCTION restored FROM PUBLIC;
GRANT EXECUTE ON FUNCTION restored TO parley_app;
