-- How far the log of what happens was followed, of all tenants: one row, which one worker holds at a time. Only the functions of news.sql
-- reach it.
CREATE TABLE news_progress (
  one        boolean     CONSTRAINT news_progress_pk PRIMARY KEY DEFAULT true CHECK (one),
  -- as the conversation service has answered it; null: from now on
  position   text,
  holder     text,
  held_until timestamptz
);
INSERT INTO news_progress DEFAULT VALUES;
ALTER TABLE news_progress ENABLE ROW LEVEL SECURITY;
