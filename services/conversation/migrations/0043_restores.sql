-- When this database was restored from a backup, each time with the epoch of its tenants since. What happened since a restore is told to the
-- event stream under ids of its own: positions that lost messages had are given again. Of all tenants; only functions write here.
CREATE TABLE restores (
  epoch bigint      CONSTRAINT restores_pk PRIMARY KEY,
  at    timestamptz NOT NULL
);
GRANT SELECT ON restores TO parley_app;
