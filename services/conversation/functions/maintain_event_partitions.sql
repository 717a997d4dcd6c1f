-- Day partitions of events: made three days ahead, dropped after seven. Every process calls this when it starts and hourly.
CREATE OR REPLACE FUNCTION maintain_event_partitions() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
-- a new partition waits for everybody who is writing an event, and whoever comes after waits behind it: only for a moment
SET search_path = public, pg_temp SET timezone = 'UTC' SET lock_timeout = '200ms'
AS $$
DECLARE
  day date;
  partition text;
BEGIN
  -- one at a time: two that create the same partition would collide
  LOCK TABLE events_default IN SHARE UPDATE EXCLUSIVE MODE;
  FOR day IN SELECT current_date + i FROM generate_series(0, 3) i LOOP
    partition := 'events_' || to_char(day, 'YYYYMMDD');
    IF to_regclass(partition) IS NULL THEN
      BEGIN
        EXECUTE format('CREATE TABLE %I PARTITION OF events FOR VALUES FROM (%L) TO (%L)', partition, day, day + 1);
      EXCEPTION WHEN check_violation THEN
        NULL; -- events of that day are in the default partition, and stay there for their seven days
      END;
    END IF;
  END LOOP;
  FOR partition IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'events'::regclass AND c.relname ~ '^events_\d{8}$'
      AND to_date(right(c.relname, 8), 'YYYYMMDD') < current_date - 7
  LOOP
    EXECUTE format('DROP TABLE %I', partition);
  END LOOP;
  DELETE FROM events_default WHERE at < now() - interval '7 days';
END $$;

REVOKE ALL ON FUNCTION maintain_event_partitions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maintain_event_partitions TO parley_app;
