-- How rows leave: as arrays of fields, times as whole milliseconds. store/answers.ts names the fields.
--
-- Bodies in this form are bound to what they name when they are made: what one of them calls stands before it, in this file.

CREATE OR REPLACE FUNCTION epoch_ms(t timestamptz) RETURNS numeric LANGUAGE sql STABLE
  RETURN floor(extract(epoch FROM t) * 1000);

-- answers participant_fields [user_id, name, avatar_url, role, joined_at, last_read_seq, last_delivered_seq, via]
CREATE OR REPLACE FUNCTION participant_fields(p participants, p_name text, p_avatar_url text) RETURNS json LANGUAGE sql STABLE
  RETURN json_build_array(p.user_id, p_name, p_avatar_url, p.role, epoch_ms(p.joined_at), p.last_read_seq, p.last_delivered_seq,
    p.via);

-- The emojis of a message, the first one first, each with who reacted with it, in their order; null where there are none.
-- answers reaction [emoji, user_ids]
CREATE OR REPLACE FUNCTION reactions_of(p_message uuid) RETURNS json LANGUAGE sql STABLE
  RETURN (SELECT json_agg(json_build_array(r.emoji, r.user_ids) ORDER BY r.since) FROM (
    SELECT x.emoji, json_agg(x.user_id ORDER BY x.created_at, x.user_id) AS user_ids, min(x.created_at) AS since
    FROM reactions x WHERE x.message_id = p_message GROUP BY x.emoji) r);

-- A message that nothing has changed has no reactions either: most are not looked for.
-- answers message_fields [id, conversation_id, seq, rev, sender_id, type, content, payload, edited_at, deleted_at, created_at,
--   name, avatar_url, imported, reactions]
CREATE OR REPLACE FUNCTION message_fields(m visible_messages, p_name text, p_avatar_url text) RETURNS json LANGUAGE sql STABLE
  RETURN json_build_array(m.id, m.conversation_id, m.seq, m.rev, m.sender_id, m.type, m.content, m.payload,
    epoch_ms(m.edited_at), epoch_ms(m.deleted_at), epoch_ms(m.created_at), p_name, p_avatar_url, m.imported,
    CASE WHEN m.rev > 0 THEN reactions_of(m.id) END);

-- answers context_fields [type, id, title, status, parent_type, parent_id]
CREATE OR REPLACE FUNCTION context_fields(c conversations) RETURNS json LANGUAGE sql STABLE
  RETURN (SELECT json_build_array(c.context_type, c.context_id, x.title, x.status, x.parent_type, x.parent_id)
    FROM contexts x WHERE x.tenant_id = c.tenant_id AND x.type = c.context_type AND x.id = c.context_id);
