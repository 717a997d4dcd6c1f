-- How often whoever took one never said what came of it, since its process ended. `attempts` counts these as well: it says who has it.
ALTER TABLE hand_overs ADD COLUMN lost integer NOT NULL DEFAULT 0;
