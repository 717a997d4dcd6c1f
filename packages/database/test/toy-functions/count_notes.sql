-- How many notes the tenant has.
CREATE OR REPLACE FUNCTION count_notes() RETURNS bigint LANGUAGE sql STABLE
AS $$ SELECT count(*) FROM notes $$;
