-- Deliveries beside reads, and who keeps receipts to themself.
--
-- As with read_marks, each forward move is kept, so that who received a message, and when, is exact. A mark covers what lies behind
-- from_seq up to seq: what somebody had read before by writing has no mark, and the time of their message instead. Null in marks of
-- former releases.
CREATE TABLE delivered_marks (
  conversation_id uuid        NOT NULL,
  user_id         text        NOT NULL,
  seq             bigint      NOT NULL,
  from_seq        bigint      NOT NULL,
  tenant_id       text        NOT NULL,
  at              timestamptz NOT NULL,
  CONSTRAINT delivered_marks_pk PRIMARY KEY (conversation_id, user_id, seq)
);
ALTER TABLE read_marks ADD COLUMN from_seq bigint;

-- Others do not learn what they have read or received, nor they what others have.
ALTER TABLE users ADD COLUMN receipts_hidden boolean NOT NULL DEFAULT false;

ALTER TABLE delivered_marks ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON delivered_marks USING (tenant_id = current_tenant());
GRANT SELECT, INSERT ON delivered_marks TO parley_app;
