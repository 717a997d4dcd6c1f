-- The webhooks that are told, of all tenants: what each wants, and since when it is there.
CREATE OR REPLACE FUNCTION listening_webhooks()
RETURNS TABLE (id uuid, tenant_id text, events text[], created_at timestamptz, is_enabled boolean)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = notifier, pg_temp
AS $$
  SELECT e.id, e.tenant_id, e.events, e.created_at, e.disabled_reason IS NULL FROM webhook_endpoints e
$$;

-- Sets the lane of a webhook to work as soon as it may. One that is at work comes again when that is done.
CREATE OR REPLACE FUNCTION wake_webhook_lane(p_tenant text, p_endpoint uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = notifier, pg_temp
AS $$
  INSERT INTO jobs AS j (tenant_id, kind, key, due_at, run_at, payload)
  SELECT e.tenant_id, 'webhook', e.id::text, w.at, w.at, '{}'
  FROM webhook_endpoints e, LATERAL (SELECT greatest(now(), e.rests_until) AS at) w
  WHERE e.id = p_endpoint AND e.tenant_id = p_tenant AND e.disabled_reason IS NULL
  ON CONFLICT ON CONSTRAINT jobs_key DO UPDATE SET
    again_at = CASE WHEN j.claim IS NOT NULL THEN least(j.again_at, excluded.run_at) END,
    run_at = CASE WHEN j.parked_at IS NOT NULL THEN excluded.run_at
      WHEN j.claim IS NOT NULL OR j.attempts > 0 THEN j.run_at
      ELSE least(j.run_at, excluded.run_at) END,
    attempts = CASE WHEN j.parked_at IS NULL THEN j.attempts ELSE 0 END,
    parked_at = NULL
$$;

-- Stores an event for those of these webhooks that are still told; what was stored before stays as it is. Of a message that was deleted
-- for everyone nothing is stored but that. Returns for whom it was stored; whoever calls it wakes their lanes.
CREATE OR REPLACE FUNCTION put_webhook_event(p_tenant text, p_endpoints uuid[], p_ids uuid[], p_event text, p_type text,
  p_at timestamptz, p_message uuid, p_reply_to uuid, p_body text, p_traceparent text) RETURNS uuid[]
LANGUAGE plpgsql
SET search_path = notifier, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
DECLARE
  body_  text := p_body;
  stored uuid[];
BEGIN
  -- whoever erases a message and whoever stores its words do it one after the other
  IF p_message IS NOT NULL THEN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended(p_message::text, 0));
    IF p_type <> 'message.deleted' AND EXISTS (SELECT FROM webhook_erasures e WHERE e.message_id = p_message) THEN
      RETURN '{}';
    END IF;
  END IF;
  IF p_reply_to IS NOT NULL THEN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended(p_reply_to::text, 0));
    IF EXISTS (SELECT FROM webhook_erasures e WHERE e.message_id = p_reply_to) THEN
      body_ := without_webhook_preview(body_);
    END IF;
  END IF;
  WITH fresh AS (
    INSERT INTO webhook_deliveries (id, tenant_id, endpoint_id, event_id, type, event_at, message_id, reply_to_id, body, traceparent)
    SELECT i.id, p_tenant, i.endpoint, p_event, p_type, p_at, p_message, p_reply_to, body_, p_traceparent
    FROM unnest(p_endpoints, p_ids) i (endpoint, id)
    JOIN webhook_endpoints e ON e.id = i.endpoint AND e.tenant_id = p_tenant AND e.disabled_reason IS NULL
    ON CONFLICT ON CONSTRAINT webhook_deliveries_event DO NOTHING
    RETURNING endpoint_id)
  SELECT array_agg(endpoint_id ORDER BY endpoint_id) INTO stored FROM fresh;
  RETURN coalesce(stored, '{}');
END $$;

-- Stores events, and wakes each lane once: the row of a lane that many events want is held from then to the commit. Returns of each that
-- was new to somebody to how many. Everything is locked in one order, so that two who store several never wait for each other.
CREATE OR REPLACE FUNCTION store_webhook_events(p_events json) RETURNS TABLE (ord integer, count integer)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = notifier, pg_temp
AS $$
DECLARE
  event_  record;
  stored  uuid[];
  tenants text[] := '{}';
  lanes   uuid[] := '{}';
BEGIN
  PERFORM pg_advisory_xact_lock_shared(l.lock) FROM (
    SELECT DISTINCT hashtextextended(m.id::text, 0) AS lock
    FROM json_to_recordset(p_events) e (message uuid, "replyTo" uuid), unnest(ARRAY[e.message, e."replyTo"]) m (id)
    WHERE m.id IS NOT NULL ORDER BY 1 OFFSET 0) l;
  FOR event_ IN
    SELECT * FROM json_to_recordset(p_events) e (ord integer, tenant text, endpoints uuid[], ids uuid[], event text, type text,
      at timestamptz, message uuid, "replyTo" uuid, body text, traceparent text)
    ORDER BY e.tenant, e.event
  LOOP
    stored := put_webhook_event(event_.tenant, event_.endpoints, event_.ids, event_.event, event_.type, event_.at, event_.message,
      event_."replyTo", event_.body, event_.traceparent);
    CONTINUE WHEN stored = '{}';
    tenants := tenants || array_fill(event_.tenant, ARRAY[cardinality(stored)]);
    lanes := lanes || stored;
    ord := event_.ord;
    count := cardinality(stored);
    RETURN NEXT;
  END LOOP;
  PERFORM wake_webhook_lane(w.tenant, w.lane) FROM (
    SELECT DISTINCT i.tenant, i.lane FROM unnest(tenants, lanes) i (tenant, lane) ORDER BY 1, 2 OFFSET 0) w;
END $$;

-- As replicas of former releases call it.
CREATE OR REPLACE FUNCTION store_webhook_event(p_tenant text, p_endpoints uuid[], p_ids uuid[], p_event text, p_type text,
  p_at timestamptz, p_message uuid, p_reply_to uuid, p_body text, p_traceparent text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = notifier, pg_temp
AS $$
DECLARE
  stored uuid[] := put_webhook_event(p_tenant, p_endpoints, p_ids, p_event, p_type, p_at, p_message, p_reply_to, p_body, p_traceparent);
BEGIN
  PERFORM wake_webhook_lane(p_tenant, s) FROM unnest(stored) s;
  RETURN cardinality(stored);
END $$;

CREATE OR REPLACE FUNCTION store_webhook_deliveries(p_tenant text, p_endpoints uuid[], p_ids uuid[], p_event text, p_type text,
  p_at timestamptz, p_message uuid, p_reply_to uuid, p_body text) RETURNS integer
LANGUAGE sql SECURITY DEFINER
SET search_path = notifier, pg_temp
AS $$
  SELECT store_webhook_event(p_tenant, p_endpoints, p_ids, p_event, p_type, p_at, p_message, p_reply_to, p_body, NULL)
$$;

-- A body without the words of the message that its message answers.
CREATE OR REPLACE FUNCTION without_webhook_preview(p_body text) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = notifier, pg_temp
AS $$
  SELECT jsonb_set(jsonb_set(p_body::jsonb, '{data,replyTo,content}', '""', false),
    '{data,message,replyTo,content}', '""', false)::text
$$;

-- A message was deleted for everyone: its words leave what waits and what is kept.
CREATE OR REPLACE FUNCTION erase_from_webhooks(p_tenant text, p_message uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = notifier, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(p_message::text, 0));
  INSERT INTO webhook_erasures (message_id, tenant_id) VALUES (p_message, p_tenant) ON CONFLICT DO NOTHING;
  UPDATE webhook_deliveries d SET body = NULL, answer_body = NULL, due_at = NULL,
    status = CASE WHEN d.status = 'waiting' THEN 'withdrawn' ELSE d.status END
  WHERE d.message_id = p_message AND d.tenant_id = p_tenant AND d.type <> 'message.deleted' AND d.body IS NOT NULL;
  UPDATE webhook_deliveries d SET body = without_webhook_preview(d.body), answer_body = NULL
  WHERE d.reply_to_id = p_message AND d.tenant_id = p_tenant AND d.body IS NOT NULL;
END $$;

-- Takes what is due for a webhook, the eldest first, for the length of the lease. Each try counts as it begins: what ends the process that
-- tries it does not do so for ever, and the lane that was ended is none of its own failing.
CREATE OR REPLACE FUNCTION begin_webhook_deliveries(p_tenant text, p_endpoint uuid, p_limit integer, p_lease_ms double precision)
RETURNS TABLE (id uuid, event_id text, body text, attempts integer, event_at timestamptz, traceparent text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = notifier, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
BEGIN
  UPDATE jobs j SET attempts = 0 WHERE j.tenant_id = p_tenant AND j.kind = 'webhook' AND j.key = p_endpoint::text AND j.attempts > 0;
  RETURN QUERY
    WITH due AS MATERIALIZED (
      SELECT w.id FROM webhook_deliveries w WHERE w.endpoint_id = p_endpoint AND w.tenant_id = p_tenant AND w.due_at <= now()
      ORDER BY w.due_at LIMIT p_limit FOR UPDATE SKIP LOCKED)
    UPDATE webhook_deliveries d SET attempts = d.attempts + 1, due_at = clock_timestamp() + p_lease_ms * interval '1 millisecond'
    FROM due WHERE d.id = due.id
    RETURNING d.id, d.event_id, d.body, d.attempts, d.event_at, d.traceparent;
END $$;

-- As replicas of former releases call it.
CREATE OR REPLACE FUNCTION take_webhook_deliveries(p_tenant text, p_endpoint uuid, p_limit integer, p_lease_ms double precision)
RETURNS TABLE (id uuid, event_id text, body text, attempts integer)
LANGUAGE sql SECURITY DEFINER
SET search_path = notifier, pg_temp
AS $$
  SELECT t.id, t.event_id, t.body, t.attempts FROM begin_webhook_deliveries(p_tenant, p_endpoint, p_limit, p_lease_ms) t
$$;

CREATE OR REPLACE FUNCTION take_due_webhook_deliveries(p_tenant text, p_endpoint uuid, p_limit integer, p_lease_ms double precision)
RETURNS TABLE (id uuid, event_id text, body text, attempts integer, event_at timestamptz)
LANGUAGE sql SECURITY DEFINER
SET search_path = notifier, pg_temp
AS $$
  SELECT t.id, t.event_id, t.body, t.attempts, t.event_at FROM begin_webhook_deliveries(p_tenant, p_endpoint, p_limit, p_lease_ms) t
$$;

-- How many wait for webhooks that are told, of all tenants and up to a hundred thousand, and for how many seconds the one that is due the
-- longest has been.
CREATE OR REPLACE FUNCTION webhook_deliveries_waiting() RETURNS TABLE (depth integer, age double precision)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = notifier, pg_temp SET enable_seqscan = off
AS $$
  SELECT count(*)::integer, coalesce(greatest(0, extract(epoch FROM now() - min(w.due_at))), 0)::double precision
  FROM (SELECT d.due_at FROM webhook_endpoints e JOIN webhook_deliveries d ON d.endpoint_id = e.id AND d.due_at IS NOT NULL
    WHERE e.disabled_reason IS NULL LIMIT 100000) w
$$;

-- What came of a try. `p_delay_ms`: it is tried again after so long; null: not any more. Answers why its webhook was turned off by it.
CREATE OR REPLACE FUNCTION settle_webhook_delivery(p_tenant text, p_id uuid, p_delivered boolean, p_delay_ms double precision,
  p_answer jsonb, p_answer_body text, p_gone boolean, p_patience_ms double precision) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = notifier, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
DECLARE
  endpoint_ uuid;
  before_   webhook_endpoints;
  reason_   text;
BEGIN
  -- withdrawn meanwhile: what it said of the words is not kept
  UPDATE webhook_deliveries d SET
    status = CASE WHEN d.status <> 'waiting' THEN d.status
      WHEN p_delivered THEN 'delivered' WHEN p_delay_ms IS NULL THEN 'failed' ELSE 'waiting' END,
    due_at = CASE WHEN d.status = 'waiting' AND NOT p_delivered
      THEN clock_timestamp() + p_delay_ms * interval '1 millisecond' END,
    delivered_at = CASE WHEN p_delivered THEN clock_timestamp() ELSE d.delivered_at END,
    answer = p_answer,
    answer_body = CASE WHEN d.body IS NOT NULL THEN p_answer_body END
  WHERE d.id = p_id AND d.tenant_id = p_tenant
  RETURNING d.endpoint_id INTO endpoint_;
  IF p_delivered THEN
    UPDATE webhook_endpoints e SET failures = 0, failing_since = NULL, rests_until = NULL
    WHERE e.id = endpoint_ AND e.failing_since IS NOT NULL;
    RETURN NULL;
  END IF;
  UPDATE webhook_endpoints e SET failures = e.failures + 1, failing_since = least(e.failing_since, clock_timestamp())
  WHERE e.id = endpoint_ RETURNING * INTO before_;
  IF before_.disabled_reason IS NOT NULL THEN
    RETURN NULL;
  END IF;
  reason_ := CASE WHEN p_gone THEN 'gone'
    WHEN before_.failing_since <= clock_timestamp() - p_patience_ms * interval '1 millisecond' THEN 'failing' END;
  IF reason_ IS NOT NULL THEN
    UPDATE webhook_endpoints e SET disabled_reason = reason_, disabled_at = clock_timestamp(), updated_at = clock_timestamp()
    WHERE e.id = endpoint_;
  END IF;
  RETURN reason_;
END $$;

-- The lane's turn is over. Answers after how many milliseconds it has something to do again, which is not before it has rested; null where
-- nothing waits.
CREATE OR REPLACE FUNCTION rest_webhook_lane(p_tenant text, p_endpoint uuid, p_rest_ms double precision) RETURNS double precision
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = notifier, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
DECLARE
  next_ timestamptz;
BEGIN
  IF p_rest_ms > 0 THEN
    UPDATE webhook_endpoints e SET rests_until = clock_timestamp() + p_rest_ms * interval '1 millisecond'
    WHERE e.id = p_endpoint AND e.tenant_id = p_tenant;
  END IF;
  SELECT greatest(d.due_at, e.rests_until) INTO next_ FROM webhook_endpoints e JOIN webhook_deliveries d ON d.endpoint_id = e.id
  WHERE e.id = p_endpoint AND e.tenant_id = p_tenant AND e.disabled_reason IS NULL AND d.due_at IS NOT NULL
  ORDER BY d.due_at LIMIT 1;
  RETURN CASE WHEN next_ IS NOT NULL THEN greatest(0, extract(epoch FROM next_ - clock_timestamp())::double precision * 1000) END;
END $$;

-- Lets go of deliveries, and of what was erased, after so many days, so many at once; returns how many there were.
CREATE OR REPLACE FUNCTION forget_webhook_deliveries(p_days integer, p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = notifier, pg_temp SET enable_seqscan = off
AS $$
DECLARE
  before_   timestamptz := now() - p_days * interval '1 day';
  forgotten integer;
BEGIN
  DELETE FROM webhook_erasures WHERE message_id = ANY (ARRAY(
    SELECT e.message_id FROM webhook_erasures e WHERE e.created_at < before_ ORDER BY e.created_at LIMIT p_limit FOR UPDATE SKIP LOCKED));
  DELETE FROM webhook_deliveries WHERE id = ANY (ARRAY(
    SELECT d.id FROM webhook_deliveries d WHERE d.created_at < before_ ORDER BY d.created_at LIMIT p_limit FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  RETURN forgotten;
END $$;

REVOKE ALL ON FUNCTION listening_webhooks, wake_webhook_lane, put_webhook_event, store_webhook_events, store_webhook_event, store_webhook_deliveries, without_webhook_preview,
  erase_from_webhooks, begin_webhook_deliveries, take_webhook_deliveries, take_due_webhook_deliveries, webhook_deliveries_waiting, settle_webhook_delivery, rest_webhook_lane,
  forget_webhook_deliveries FROM PUBLIC;
GRANT EXECUTE ON FUNCTION listening_webhooks, wake_webhook_lane, store_webhook_events, store_webhook_event, store_webhook_deliveries, erase_from_webhooks,
  begin_webhook_deliveries, take_webhook_deliveries, take_due_webhook_deliveries, webhook_deliveries_waiting, settle_webhook_delivery, rest_webhook_lane,
  forget_webhook_deliveries TO parley_notifier;
