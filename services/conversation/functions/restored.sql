-- This database was restored from a backup: clients and consumers are to trust nothing that they hold of what came after it. Each call says so
-- anew: that it was said before may itself be out of the backup, and then tells nothing of what was written since and is lost. Where it was
-- said of this very restore, clients load once more. The epoch is the time, so that one that is restored again never has an epoch that
-- somebody holds of a restore that was lost.
DROP FUNCTION IF EXISTS restored();
CREATE FUNCTION restored(OUT backed_up_at timestamptz, OUT tenant_count bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
  former_ restores;
  at_     timestamptz;
  epoch_  bigint;
BEGIN
  LOCK TABLE restores IN SHARE ROW EXCLUSIVE MODE;
  SELECT e.at INTO backed_up_at FROM events e ORDER BY e.id DESC LIMIT 1;
  SELECT * INTO former_ FROM restores r ORDER BY r.epoch DESC LIMIT 1;
  -- also by a clock that is behind the one that the backup was made by
  at_ := greatest(clock_timestamp(), backed_up_at + interval '1 millisecond', former_.at + interval '1 millisecond');
  SELECT greatest(extract(epoch FROM at_)::bigint, max(t.epoch) + 1, former_.epoch + 1) INTO epoch_ FROM tenants t;
  INSERT INTO restores (epoch, at) VALUES (epoch_, at_);
  UPDATE tenants SET epoch = epoch_;
  GET DIAGNOSTICS tenant_count = ROW_COUNT;
END $$;

REVOKE ALL ON FUNCTION restored FROM PUBLIC;
GRANT EXECUTE ON FUNCTION restored TO parley_app;
