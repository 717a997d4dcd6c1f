-- Attachments and the account of their bytes. Processes connect as `parley_storage`, which row-level security binds: an ordinary
-- query sees the rows of the tenant named in `parley.tenant` for the transaction, and none without it.

CREATE FUNCTION current_tenant() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
  RETURN current_setting('parley.tenant', true);

-- What the object store holds, or is about to: written before the bytes are put, and gone before they are removed.
CREATE TABLE blobs (
  tenant_id  text        NOT NULL,
  sha256     text        NOT NULL,
  -- where they are: another each time the same bytes come back, so that no removal that is late meets what was put after it
  object_key text        NOT NULL CONSTRAINT blobs_object_key UNIQUE,
  size       bigint      NOT NULL,
  -- set once they were put and something refers to them
  stored     boolean     NOT NULL DEFAULT false,
  -- somebody is about to refer to them until then
  kept_until timestamptz NOT NULL,
  -- when it is looked whether anything refers to them; null while something is known to
  due_at     timestamptz,
  CONSTRAINT blobs_pk PRIMARY KEY (tenant_id, sha256)
);
CREATE INDEX blobs_due ON blobs (due_at) WHERE due_at IS NOT NULL;

-- Bytes that nothing knows any more, until they are removed.
CREATE TABLE doomed_objects (
  object_key text        CONSTRAINT doomed_objects_pk PRIMARY KEY,
  run_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX doomed_objects_run ON doomed_objects (run_at);

CREATE TABLE attachments (
  id              uuid        CONSTRAINT attachments_pk PRIMARY KEY,
  tenant_id       text        NOT NULL,
  uploader_id     text        NOT NULL,
  purpose         text        NOT NULL CONSTRAINT attachments_purpose
                                CHECK (purpose IN ('message', 'profile_picture', 'group_picture')),
  -- null: a profile picture
  conversation_id uuid,
  -- how the uploader named the upload, and the bytes that came with it, before anything was made of them
  upload_key      text,
  received_sha256 text        NOT NULL,
  name            text        NOT NULL,
  mime            text        NOT NULL,
  size            bigint      NOT NULL,
  kind            text        NOT NULL CONSTRAINT attachments_kind CHECK (kind IN ('image', 'video', 'audio', 'file')),
  width           integer,
  height          integer,
  duration_ms     integer,
  placeholder     text,
  peaks           jsonb,
  status          text        NOT NULL CONSTRAINT attachments_status CHECK (status IN ('pending', 'ready', 'infected')),
  sha256          text        NOT NULL,
  -- bytes that its uploader's account has for it; none for a copy
  charged         bigint      NOT NULL,
  -- the message that it is kept for, as its sender named it; `place` is the one among that message's attachments
  claim_sender    text,
  claim_client    text,
  place           integer,
  claimed_at      timestamptz,
  -- a copy, for another message
  copied_from     uuid,
  -- that message, once it is known to be written
  message_id      uuid,
  -- when the collector asks what has become of it; null: it stays
  due_at          timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT attachments_blob_fk FOREIGN KEY (tenant_id, sha256) REFERENCES blobs (tenant_id, sha256)
);
CREATE INDEX attachments_blob ON attachments (tenant_id, sha256);
CREATE INDEX attachments_uploader ON attachments (tenant_id, uploader_id, id);
CREATE UNIQUE INDEX attachments_upload_key ON attachments (tenant_id, uploader_id, upload_key) WHERE upload_key IS NOT NULL;
CREATE UNIQUE INDEX attachments_claim ON attachments (conversation_id, claim_sender, claim_client, place)
  WHERE claim_client IS NOT NULL;
CREATE INDEX attachments_message ON attachments (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX attachments_due ON attachments (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE variants (
  attachment_id uuid    NOT NULL CONSTRAINT variants_attachment_fk REFERENCES attachments (id) ON DELETE CASCADE,
  name          text    NOT NULL CONSTRAINT variants_name CHECK (name IN ('thumbnail', 'medium')),
  tenant_id     text    NOT NULL,
  mime          text    NOT NULL,
  size          bigint  NOT NULL,
  width         integer NOT NULL,
  height        integer NOT NULL,
  sha256        text    NOT NULL,
  CONSTRAINT variants_pk PRIMARY KEY (attachment_id, name),
  CONSTRAINT variants_blob_fk FOREIGN KEY (tenant_id, sha256) REFERENCES blobs (tenant_id, sha256)
);
CREATE INDEX variants_blob ON variants (tenant_id, sha256);

-- What is stored: by a user, and, in the row of the empty user, by all of a tenant.
CREATE TABLE usage (
  tenant_id text   NOT NULL,
  user_id   text   NOT NULL,
  bytes     bigint NOT NULL CONSTRAINT usage_bytes CHECK (bytes >= 0),
  files     bigint NOT NULL CONSTRAINT usage_files CHECK (files >= 0),
  CONSTRAINT usage_pk PRIMARY KEY (tenant_id, user_id)
);

-- Messages that were deleted: events come in no promised order, and what tells of one's writing may come after it.
CREATE TABLE deleted_messages (
  message_id uuid        CONSTRAINT deleted_messages_pk PRIMARY KEY,
  tenant_id  text        NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX deleted_messages_created ON deleted_messages (created_at);

CREATE TABLE jobs (
  id         bigint      GENERATED BY DEFAULT AS IDENTITY CONSTRAINT jobs_pk PRIMARY KEY,
  tenant_id  text        NOT NULL,
  kind       text        NOT NULL,
  -- what it is about: there is one job of a kind for it, and scheduling it again moves it
  key        text        NOT NULL,
  due_at     timestamptz NOT NULL,
  payload    jsonb       NOT NULL,
  -- when it is looked at next: due_at, the end of the lease of whoever works on it, or the next try
  run_at     timestamptz NOT NULL,
  -- whose it is until then
  claim      uuid,
  attempts   integer     NOT NULL DEFAULT 0,
  -- why the last try came to nothing
  error      text,
  -- it went aside: nobody tries it any more
  parked_at  timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT jobs_key UNIQUE (tenant_id, kind, key)
);
CREATE INDEX jobs_due ON jobs (kind, run_at) WHERE parked_at IS NULL;
CREATE INDEX jobs_parked ON jobs (parked_at) WHERE parked_at IS NOT NULL;

ALTER TABLE blobs            ENABLE ROW LEVEL SECURITY;
ALTER TABLE attachments      ENABLE ROW LEVEL SECURITY;
ALTER TABLE variants         ENABLE ROW LEVEL SECURITY;
ALTER TABLE usage            ENABLE ROW LEVEL SECURITY;
ALTER TABLE deleted_messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE jobs             ENABLE ROW LEVEL SECURITY;
-- No policy on this one: only the functions touch it.
ALTER TABLE doomed_objects   ENABLE ROW LEVEL SECURITY;

CREATE POLICY own_tenant ON blobs            USING (tenant_id = current_tenant());
CREATE POLICY own_tenant ON attachments      USING (tenant_id = current_tenant());
CREATE POLICY own_tenant ON variants         USING (tenant_id = current_tenant());
CREATE POLICY own_tenant ON usage            USING (tenant_id = current_tenant());
CREATE POLICY own_tenant ON deleted_messages USING (tenant_id = current_tenant());
CREATE POLICY own_tenant ON jobs             USING (tenant_id = current_tenant());

GRANT SELECT, INSERT, UPDATE ON blobs TO parley_storage;
GRANT SELECT, INSERT, UPDATE, DELETE ON attachments, usage, jobs TO parley_storage;
GRANT SELECT, INSERT ON variants, deleted_messages TO parley_storage;
