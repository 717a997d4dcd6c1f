-- participants_listed begins with the same columns; of the two the planner took the one that says less.
DROP INDEX participants_user;
