-- Whether one that is about the same is under way is asked of each that is due. An index of a table that may be large has a file of its own.
CREATE INDEX hand_overs_under_way ON hand_overs (tenant_id, user_id, channel, target, collapse_key) WHERE state = 'waiting' AND taken;
