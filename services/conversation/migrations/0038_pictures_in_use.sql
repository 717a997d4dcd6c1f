-- Who has which uploaded picture is asked before one is removed: see pictures_in_use. An address holds its picture's id, behind whatever
-- origin and before whatever size.
CREATE INDEX users_picture ON users (tenant_id, (substring(avatar_url FROM '/v1/pictures/([0-9a-f-]{36})')))
  WHERE avatar_url LIKE '%/v1/pictures/%';
CREATE INDEX conversations_picture ON conversations (tenant_id, (substring(picture_url FROM '/v1/pictures/([0-9a-f-]{36})')))
  WHERE picture_url LIKE '%/v1/pictures/%';
CREATE INDEX reports_picture
  ON reports (tenant_id, (substring(coalesce(snapshot ->> 'avatarUrl', snapshot ->> 'pictureUrl') FROM '/v1/pictures/([0-9a-f-]{36})')))
  WHERE coalesce(snapshot ->> 'avatarUrl', snapshot ->> 'pictureUrl') LIKE '%/v1/pictures/%';
