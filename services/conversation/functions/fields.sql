-- How rows leave: as arrays of fields, times as whole milliseconds. store/answers.ts names the fields.
--
-- Bodies in this form are bound to what they name when they are made: what one of them calls stands before it, in this file.

CREATE OR REPLACE FUNCTION epoch_ms(t timestamptz) RETURNS numeric LANGUAGE sql STABLE
  RETURN floor(extract(epoch FROM t) * 1000);

-- Whether the viewer sees nobody's receipts but their own: the policy shows none, or they keep theirs to themself. Of nobody in particular
-- (null), what the policy says.
CREATE OR REPLACE FUNCTION keeps_receipts_out(p_tenant text, p_viewer text) RETURNS boolean LANGUAGE plpgsql STABLE
AS $$
BEGIN
  RETURN (SELECT t.hides_receipts OR EXISTS (
        SELECT FROM users u WHERE u.tenant_id = p_tenant AND u.id = p_viewer AND u.receipts_hidden)
      FROM tenants t WHERE t.id = p_tenant);
END $$;

-- p_shown: the viewer may see their watermarks.
-- answers participant_fields [user_id, name, avatar_url, role, joined_at, last_read_seq, last_delivered_seq, via]
CREATE OR REPLACE FUNCTION participant_fields(p participants, p_name text, p_avatar_url text, p_shown boolean) RETURNS json
LANGUAGE sql STABLE
  RETURN json_build_array(p.user_id, p_name, p_avatar_url, p.role, epoch_ms(p.joined_at),
    CASE WHEN p_shown THEN p.last_read_seq ELSE 0 END,
    CASE WHEN p_shown THEN p.last_delivered_seq ELSE 0 END, p.via);

-- What few messages have is looked up by functions that are not in SQL: those in SQL are woven into every query for messages, and
-- are made ready there for pages that have nothing of it. Those that ask a table are not woven in, and made ready at every call: a
-- twentieth of a millisecond each.

-- The emojis of a message, the first one first, each with who reacted with it, in their order; null where there are none.
-- answers reaction [emoji, user_ids]
CREATE OR REPLACE FUNCTION reactions_of(p_message uuid) RETURNS json LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp
AS $$
BEGIN
  RETURN (SELECT json_agg(json_build_array(r.emoji, r.user_ids) ORDER BY r.since) FROM (
    SELECT x.emoji, json_agg(x.user_id ORDER BY x.created_at, x.user_id) AS user_ids, min(x.created_at) AS since
    FROM reactions x WHERE x.message_id = p_message GROUP BY x.emoji) r);
END $$;

-- Whether the viewer does not see the message, and whether anybody in its conversation joined after it.
CREATE OR REPLACE FUNCTION is_hidden_from(p_message uuid, p_viewer text) RETURNS boolean LANGUAGE plpgsql STABLE
AS $$
BEGIN
  RETURN NOT EXISTS (SELECT FROM visible_messages v WHERE v.id = p_message AND v.viewer_id = p_viewer);
END $$;
CREATE OR REPLACE FUNCTION is_hidden_from_some(p_message uuid) RETURNS boolean LANGUAGE plpgsql STABLE
AS $$
BEGIN
  RETURN EXISTS (SELECT FROM messages m JOIN participants p ON p.conversation_id = m.conversation_id
      WHERE m.id = p_message AND coalesce(p.left_at, 'infinity') = 'infinity'
        AND p.visible_from_seq > 0 AND p.visible_from_seq >= m.seq);
END $$;

-- The same for whoever answered it and is told again what they sent: they may not see it any more themselves. The system sees everything.
CREATE OR REPLACE FUNCTION hides_from_sender(p_message uuid, p_sender text) RETURNS boolean LANGUAGE plpgsql STABLE
AS $$
BEGIN
  RETURN is_hidden_from_some(p_message) OR p_sender <> 'parley:system' AND is_hidden_from(p_message, p_sender);
END $$;

-- The message that another one answers, as it is now; without its words where they are not to be seen.
-- answers reply_preview [id, seq, sender_id, name, avatar_url, type, content, payload, deleted_at, hidden, first_attachment, attachments]
CREATE OR REPLACE FUNCTION reply_preview(p_message uuid, p_hidden boolean) RETURNS json LANGUAGE plpgsql STABLE
AS $$
BEGIN
  RETURN (SELECT json_build_array(m.id, m.seq, m.sender_id, u.name, u.avatar_url, m.type,
        CASE WHEN p_hidden THEN '' ELSE left(m.content, 400) END, CASE WHEN NOT p_hidden THEN m.payload END,
        epoch_ms(m.deleted_at), p_hidden, CASE WHEN NOT p_hidden THEN m.extras #> '{attachments,0}' END,
        CASE WHEN NOT p_hidden THEN jsonb_array_length(m.extras -> 'attachments') END)
      FROM messages m LEFT JOIN LATERAL user_of(m.tenant_id, m.sender_id) u ON true WHERE m.id = p_message);
END $$;

-- What few messages have; null for the others. p_more: attachments and the like, as the table has them.
-- answers message_extras [reply_to, mentions, forwarded, silent, pinned_at, pinned_by, more]
CREATE OR REPLACE FUNCTION message_extras(
  p_reply_to json, p_mentions text[], p_forwarded boolean, p_silent boolean, p_pinned_at timestamptz, p_pinned_by text, p_more jsonb
) RETURNS json LANGUAGE sql STABLE
  RETURN CASE WHEN p_reply_to IS NOT NULL OR p_mentions IS NOT NULL OR p_forwarded OR p_silent OR p_pinned_at IS NOT NULL
      OR p_more IS NOT NULL THEN
    json_build_array(p_reply_to, p_mentions, p_forwarded, p_silent, epoch_ms(p_pinned_at), p_pinned_by, p_more) END;

-- As replicas of the former release call it, who know of no attachments.
CREATE OR REPLACE FUNCTION message_extras(
  p_reply_to json, p_mentions text[], p_forwarded boolean, p_silent boolean, p_pinned_at timestamptz, p_pinned_by text
) RETURNS json LANGUAGE sql STABLE
  RETURN message_extras(p_reply_to, p_mentions, p_forwarded, p_silent, p_pinned_at, p_pinned_by, NULL);

-- What few messages have, as their viewer may see it.
CREATE OR REPLACE FUNCTION extras_of(m visible_messages) RETURNS json LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp
AS $$
BEGIN
  RETURN message_extras(CASE WHEN m.reply_to IS NOT NULL THEN reply_preview(m.reply_to, is_hidden_from(m.reply_to, m.viewer_id)) END,
    m.mentions, m.forwarded, m.silent, m.pinned_at, m.pinned_by, m.extras);
END $$;

-- A message that nothing has changed has no reactions either, and most have no extras: they are not looked for.
-- answers message_fields [id, conversation_id, seq, rev, sender_id, type, content, payload, edited_at, deleted_at, created_at,
--   name, avatar_url, imported, reactions, extras]
CREATE OR REPLACE FUNCTION message_fields(m visible_messages, p_name text, p_avatar_url text) RETURNS json LANGUAGE sql STABLE
  RETURN json_build_array(m.id, m.conversation_id, m.seq, m.rev, m.sender_id, m.type, m.content, m.payload,
    epoch_ms(m.edited_at), epoch_ms(m.deleted_at), epoch_ms(m.created_at), p_name, p_avatar_url, m.imported,
    CASE WHEN m.rev > 0 THEN reactions_of(m.id) END,
    CASE WHEN m.reply_to IS NOT NULL OR m.mentions IS NOT NULL OR m.forwarded OR m.silent OR m.pinned_at IS NOT NULL
        OR m.extras IS NOT NULL
      THEN extras_of(m) END);

-- What only some messages have, null for the others; the rest of message_fields is beside it.
-- answers more_fields [rev, payload, edited_at, deleted_at, imported, reactions, extras]
CREATE OR REPLACE FUNCTION more_fields(m visible_messages) RETURNS json LANGUAGE sql STABLE
  RETURN CASE WHEN m.rev > 0 OR m.payload IS NOT NULL OR m.imported OR m.reply_to IS NOT NULL OR m.mentions IS NOT NULL
      OR m.forwarded OR m.silent OR m.pinned_at IS NOT NULL OR m.extras IS NOT NULL THEN
    json_build_array(m.rev, m.payload, epoch_ms(m.edited_at), epoch_ms(m.deleted_at), m.imported,
      CASE WHEN m.rev > 0 THEN reactions_of(m.id) END, extras_of(m)) END;

-- answers context_fields [type, id, title, status, parent_type, parent_id]
CREATE OR REPLACE FUNCTION context_fields(c conversations) RETURNS json LANGUAGE plpgsql STABLE
AS $$
BEGIN
  RETURN (SELECT json_build_array(c.context_type, c.context_id, x.title, x.status, x.parent_type, x.parent_id)
      FROM contexts x WHERE x.tenant_id = c.tenant_id AND x.type = c.context_type AND x.id = c.context_id);
END $$;

-- What somebody has begun to write in a conversation.
-- answers draft_fields [content, reply_to, updated_at]
CREATE OR REPLACE FUNCTION draft_fields(p_conversation uuid, p_user text) RETURNS json LANGUAGE plpgsql STABLE
AS $$
BEGIN
  RETURN (SELECT json_build_array(d.content, d.reply_to, epoch_ms(d.updated_at))
      FROM drafts d WHERE d.conversation_id = p_conversation AND d.user_id = p_user);
END $$;

-- Whether it is archived for them still: later activity may have brought it back.
CREATE OR REPLACE FUNCTION is_archived(p participants, c conversations) RETURNS boolean LANGUAGE sql IMMUTABLE
  RETURN p.archived_at IS NOT NULL
    AND (p.archived_seen IS NULL OR coalesce(c.last_message_at, c.created_at) <= p.archived_seen);

-- Whether they have deleted it for themselves, and nothing has come since.
CREATE OR REPLACE FUNCTION is_cleared(p participants, c conversations) RETURNS boolean LANGUAGE sql IMMUTABLE
  RETURN p.cleared_seen IS NOT NULL AND coalesce(c.last_message_at, c.created_at) <= p.cleared_seen;
