-- How easy it was, -1 a struggle .. 1 easy; NULL for models that do not tell it.
ALTER TABLE readings ADD COLUMN effort FLOAT;
