-- Those whose place in lists is not known yet: none, once they are filled in. By whose they are: until then each list looks for its
-- own among them.
CREATE INDEX participants_unlisted ON participants (tenant_id, user_id) WHERE listed_at IS NULL;
