-- Every tenant's processes read when the database was restored; it is of no tenant, and nobody but a function writes it.
ALTER TABLE restores ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_all ON restores FOR SELECT USING (true);
