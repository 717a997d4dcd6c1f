-- Of each of these kinds that has a job waiting, of any tenant: in how many milliseconds the next one is due, 0 or less for now.
CREATE OR REPLACE FUNCTION next_jobs(p_kinds text[]) RETURNS TABLE (kind text, due_in double precision)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = :"schema", pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
AS $$
  SELECT k.kind, extract(epoch FROM j.run_at - now())::double precision * 1000
  FROM unnest(p_kinds) k (kind) CROSS JOIN LATERAL (
    SELECT w.run_at FROM jobs w WHERE w.kind = k.kind AND w.parked_at IS NULL ORDER BY w.run_at LIMIT 1) j
$$;

-- Takes up to so many of each kind that are due, for the length of the lease: whoever dies gives them back by its end. What was
-- taken so often before and never came to an end goes aside, and comes without a claim.
CREATE OR REPLACE FUNCTION claim_jobs(p_kinds text[], p_limit integer, p_lease_ms double precision, p_most_attempts integer)
RETURNS TABLE (id bigint, claim uuid, tenant_id text, kind text, key text, due_at timestamptz, payload jsonb, attempts integer)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = :"schema", pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
  kind_ text;
BEGIN
  FOREACH kind_ IN ARRAY p_kinds LOOP
    RETURN QUERY
      WITH due AS MATERIALIZED (
        SELECT w.id FROM jobs w WHERE w.kind = kind_ AND w.parked_at IS NULL AND w.run_at <= now()
        ORDER BY w.run_at LIMIT p_limit FOR UPDATE SKIP LOCKED)
      UPDATE jobs j SET
        run_at = clock_timestamp() + p_lease_ms * interval '1 millisecond',
        claim = CASE WHEN j.attempts < p_most_attempts THEN gen_random_uuid() END,
        again_at = NULL,
        attempts = j.attempts + 1,
        parked_at = CASE WHEN j.attempts >= p_most_attempts THEN clock_timestamp() END
      FROM due WHERE j.id = due.id
      RETURNING j.id, j.claim, j.tenant_id, j.kind, j.key, j.due_at, j.payload, j.attempts;
  END LOOP;
END $$;

-- The same where a tenant may have no more than its share at work. Those that have it are left out, by kind, of what is due soon.
CREATE OR REPLACE FUNCTION next_jobs_beside(p_kinds text[], p_full jsonb) RETURNS TABLE (kind text, due_in double precision)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = :"schema", pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
SET jit = off
AS $$
  SELECT k.kind, extract(epoch FROM j.run_at - now())::double precision * 1000
  FROM unnest(p_kinds) k (kind)
  CROSS JOIN LATERAL (SELECT ARRAY(SELECT jsonb_array_elements_text(p_full -> k.kind)) AS tenants) f
  CROSS JOIN LATERAL (
    SELECT w.run_at FROM jobs w
    WHERE w.kind = k.kind AND w.parked_at IS NULL AND NOT w.tenant_id = ANY (f.tenants)
      -- whoever is left out may have very many for later
      AND w.run_at <= CASE WHEN cardinality(f.tenants) = 0 THEN 'infinity' ELSE now() + interval '10 seconds' END
    ORDER BY w.run_at LIMIT 1) j
$$;

-- Takes up to so many of a kind that are due, as claim_jobs does, and of no tenant more than brings it to p_of_tenant. p_at_work: how many
-- are at work already, by tenant.
CREATE OR REPLACE FUNCTION claim_jobs_beside(
  p_kind text, p_limit integer, p_lease_ms double precision, p_most_attempts integer, p_of_tenant integer, p_at_work jsonb)
RETURNS TABLE (id bigint, claim uuid, tenant_id text, kind text, key text, due_at timestamptz, payload jsonb, attempts integer)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = :"schema", pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
  at_work_ jsonb := p_at_work;
  left_ integer := p_limit;
  full_ text[];
  found_ integer;
  taken_ bigint[];
BEGIN
  WHILE left_ > 0 LOOP
    full_ := ARRAY(SELECT a.key FROM jsonb_each_text(at_work_) a WHERE a.value::integer >= p_of_tenant);
    WITH due AS MATERIALIZED (
      SELECT w.id, w.tenant_id, w.run_at FROM jobs w
      WHERE w.kind = p_kind AND w.parked_at IS NULL AND w.run_at <= now() AND NOT w.tenant_id = ANY (full_)
      ORDER BY w.run_at LIMIT left_ FOR UPDATE SKIP LOCKED),
    shares AS (
      SELECT d.id, coalesce((at_work_ ->> d.tenant_id)::integer, 0)
        + row_number() OVER (PARTITION BY d.tenant_id ORDER BY d.run_at) <= p_of_tenant AS fits
      FROM due d)
    SELECT count(*), coalesce(array_agg(s.id) FILTER (WHERE s.fits), '{}') INTO found_, taken_ FROM shares s;
    RETURN QUERY
      UPDATE jobs j SET
        run_at = clock_timestamp() + p_lease_ms * interval '1 millisecond',
        claim = CASE WHEN j.attempts < p_most_attempts THEN gen_random_uuid() END,
        again_at = NULL,
        attempts = j.attempts + 1,
        parked_at = CASE WHEN j.attempts >= p_most_attempts THEN clock_timestamp() END
      WHERE j.id = ANY (taken_)
      RETURNING j.id, j.claim, j.tenant_id, j.kind, j.key, j.due_at, j.payload, j.attempts;
    -- where all of them were taken, nobody's wait behind those of a tenant that has its share
    EXIT WHEN found_ = cardinality(taken_);
    left_ := left_ - cardinality(taken_);
    SELECT at_work_ || coalesce(jsonb_object_agg(t.tenant_id, coalesce((at_work_ ->> t.tenant_id)::integer, 0) + t.count), '{}')
    INTO at_work_
    FROM (SELECT j.tenant_id, count(*) FROM jobs j WHERE j.id = ANY (taken_) GROUP BY j.tenant_id) t;
  END LOOP;
END $$;

-- The jobs among these that are still held, for the length of another lease.
CREATE OR REPLACE FUNCTION extend_jobs(p_ids bigint[], p_claims uuid[], p_lease_ms double precision) RETURNS TABLE (id bigint)
LANGUAGE sql SECURITY DEFINER
SET search_path = :"schema", pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
  UPDATE jobs j SET run_at = clock_timestamp() + p_lease_ms * interval '1 millisecond'
  FROM unnest(p_ids, p_claims) i (id, claim) WHERE j.id = i.id AND j.claim = i.claim RETURNING j.id
$$;

-- A job that is done goes, unless another process has it by now. One that was wanted again meanwhile stays, for then.
CREATE OR REPLACE FUNCTION finish_job(p_id bigint, p_claim uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = :"schema", pg_temp
AS $$
BEGIN
  PERFORM FROM jobs j WHERE j.id = p_id AND j.claim = p_claim FOR UPDATE;
  UPDATE jobs j SET run_at = j.again_at, again_at = NULL, claim = NULL, attempts = 0, error = NULL
  WHERE j.id = p_id AND j.claim = p_claim AND j.again_at IS NOT NULL;
  DELETE FROM jobs j WHERE j.id = p_id AND j.claim = p_claim;
END $$;

-- Gives a job back, to be tried again after so many milliseconds; without them it goes aside. What was wanted sooner meanwhile comes
-- sooner; where it failed, only what was wanted for a time that is still to come.
CREATE OR REPLACE FUNCTION return_job(p_id bigint, p_claim uuid, p_delay_ms double precision, p_attempts integer, p_error text)
RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = :"schema", pg_temp
AS $$
  UPDATE jobs j SET
    run_at = CASE
      WHEN p_delay_ms IS NULL THEN j.run_at
      WHEN p_attempts > 0 AND j.again_at <= now() THEN clock_timestamp() + p_delay_ms * interval '1 millisecond'
      ELSE least(j.again_at, clock_timestamp() + p_delay_ms * interval '1 millisecond') END,
    parked_at = CASE WHEN p_delay_ms IS NULL THEN clock_timestamp() END,
    claim = NULL, again_at = NULL, attempts = p_attempts, error = p_error
  WHERE j.id = p_id AND j.claim = p_claim
$$;

-- Lets go of jobs that went aside 30 days ago, so many at once; returns how many there were.
CREATE OR REPLACE FUNCTION forget_jobs(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = :"schema", pg_temp SET enable_seqscan = off
AS $$
DECLARE
  forgotten integer;
BEGIN
  DELETE FROM jobs WHERE id = ANY (ARRAY(
    SELECT j.id FROM jobs j WHERE j.parked_at < now() - interval '30 days'
    ORDER BY j.parked_at LIMIT p_limit FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  RETURN forgotten;
END $$;

-- How many of each kind went aside and are still there, of all tenants.
CREATE OR REPLACE FUNCTION parked_jobs() RETURNS TABLE (kind text, count integer)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = :"schema", pg_temp SET enable_seqscan = off
AS $$ SELECT j.kind, count(*)::integer FROM jobs j WHERE j.parked_at IS NOT NULL GROUP BY j.kind $$;

REVOKE ALL ON FUNCTION next_jobs, next_jobs_beside, claim_jobs, claim_jobs_beside, extend_jobs, finish_job, return_job, forget_jobs, parked_jobs
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION next_jobs, next_jobs_beside, claim_jobs, claim_jobs_beside, extend_jobs, finish_job, return_job, forget_jobs, parked_jobs
TO :"role";
