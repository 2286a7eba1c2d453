-- name: has_migrations
SELECT count(*) FROM duckdb_tables()
WHERE database_name = current_database() AND schema_name = 'main' AND table_name = 'migrations';

-- name: make_migrations
CREATE TABLE migrations (number INTEGER PRIMARY KEY, name VARCHAR NOT NULL, applied_at TIMESTAMPTZ NOT NULL);

-- name: applied
SELECT number, name FROM migrations ORDER BY number;

-- name: record
INSERT INTO migrations VALUES (?, ?, now());
