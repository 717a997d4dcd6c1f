ALTER TABLE reports
  -- what was reported, such as 'message <id>': one reporter has one open report of it. Null for those from before.
  ADD COLUMN subject          text,
  -- what was reported as it was then, for moderators, and until when it is kept: set when the report is decided
  ADD COLUMN snapshot         jsonb,
  ADD COLUMN snapshot_until   timestamptz,
  -- how many times its reporter has made it, and when last
  ADD COLUMN count            integer NOT NULL DEFAULT 1,
  ADD COLUMN last_reported_at timestamptz;

CREATE UNIQUE INDEX reports_open_once ON reports (tenant_id, subject, reporter_id) WHERE status = 'open';
CREATE INDEX reports_forgotten ON reports (snapshot_until) WHERE snapshot_until IS NOT NULL;
CREATE INDEX reports_undated ON reports (tenant_id)
  WHERE status <> 'open' AND snapshot IS NOT NULL AND snapshot_until IS NULL;

-- a second report under a key of its own is the first one
GRANT UPDATE (result) ON idempotency_keys TO parley_app;
