-- What comes next in the log of events to who has read it up to p_read_to: as many events as hold about p_limit changes, with those that
-- were missing before and have come since. It waits for nobody and changes nothing.
--
-- Ids of events are given before they are committed, so one that is missing may still come. It is looked for again until every
-- transaction has ended that had begun when it was missed: all before one that begins at that moment. (A snapshot's xmax does not say it: it
-- is the one after the last that has ended, and the one that is missed may be later.) Events are kept for a week: `lost` says that some are
-- gone unread.
CREATE OR REPLACE FUNCTION next_events(
  p_read_to bigint, p_missing bigint[], p_missing_till bigint[], p_limit integer,
  OUT ids bigint[], OUT read_to bigint, OUT missing bigint[], OUT missing_till bigint[], OUT lost boolean
)
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off
AS $$
DECLARE
  -- no more ids than this are missing between two events: a crash loses 32
  most constant integer := 1000;
  begun bigint;
  ended bigint := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
  gaps bigint[];
  late bigint[] := ARRAY(SELECT e.id FROM events e WHERE e.id = ANY (p_missing) ORDER BY e.id);
BEGIN
  SELECT coalesce(array_agg(t.id ORDER BY t.id), '{}') INTO ids FROM (
    SELECT e.id, sum(cardinality(e.seqs)) OVER (ORDER BY e.id) - cardinality(e.seqs) AS before
    FROM (SELECT x.id, x.seqs FROM events x WHERE x.id > p_read_to ORDER BY x.id LIMIT p_limit) e) t
  WHERE t.before < p_limit;
  read_to := coalesce(ids[cardinality(ids)], p_read_to);
  lost := coalesce(ids[1] - p_read_to > most AND p_read_to > 0, false);
  SELECT coalesce(array_agg(m.id), '{}'), coalesce(array_agg(m.till), '{}') INTO missing, missing_till
  FROM unnest(p_missing, p_missing_till) m (id, till)
  WHERE m.till > ended AND NOT m.id = ANY (late);
  gaps := ARRAY(
    SELECT n.id FROM generate_series(CASE WHEN lost THEN ids[1] ELSE p_read_to END + 1, least(read_to, ids[1] + p_limit + most)) n (id)
    WHERE NOT n.id = ANY (ids));
  IF gaps <> '{}' THEN
    begun := pg_current_xact_id()::text::bigint;
    missing := missing || gaps;
    missing_till := missing_till || array_fill(begun, ARRAY[cardinality(gaps)]);
  END IF;
  ids := late || ids;
END $$;

REVOKE ALL ON FUNCTION next_events FROM PUBLIC;
