-- Those that were lost often, which are handed over alone. An index of a table that may be large has a file of its own.
CREATE INDEX hand_overs_lost_often ON hand_overs (tenant_id, channel, due_at) WHERE state = 'waiting' AND lost >= 5;
