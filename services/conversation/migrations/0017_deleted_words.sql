-- The words of a message that is deleted for everyone go out of its history as well, whoever deletes it: a replica of the former
-- release too, which writes the last ones there itself. That it said something before stays. History is otherwise not
-- rewritten: the application may not, and this is done with the rights of the tables' owner.
CREATE FUNCTION empty_history() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
BEGIN
  UPDATE message_edits e SET content = '' WHERE e.message_id = NEW.id AND e.content <> '';
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION empty_history FROM PUBLIC;
GRANT EXECUTE ON FUNCTION empty_history TO parley_app;

CREATE TRIGGER messages_empty_history AFTER UPDATE OF deleted_at ON messages
  FOR EACH ROW WHEN (NEW.deleted_at IS NOT NULL) EXECUTE FUNCTION empty_history();
