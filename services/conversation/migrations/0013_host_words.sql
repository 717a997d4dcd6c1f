-- When the host said these of a user. Since then no token that was issued before says otherwise.
ALTER TABLE users ADD COLUMN name_said_at timestamptz, ADD COLUMN avatar_said_at timestamptz, ADD COLUMN role_said_at timestamptz;
