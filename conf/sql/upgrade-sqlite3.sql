-- Makes the table without dates (user_name, label, digest) of an older system,
-- or that of mod_jiratoken before there were restrictions and rotation, into
-- the one of sqlite3.sql, for SQLite 3.25 or later. Take a copy of the file
-- first; then, as the user that httpd's children run as:
--
--   sqlite3 /var/lib/jiratoken/tokens.db < upgrade-sqlite3.sql
--
-- The digests must be HMAC-SHA-256 of the tokens, in hex (0-9, a-f), by a key
-- that stands in JiraTokenKeyFile: a token with any other digest opens nothing.
--
-- No row is lost: the dates of each are unknown (NULL), so it never expires;
-- a user's rows get the slots from 0 on, and whoever has more tokens than
-- JiraTokenMax keeps them all; where a user has two tokens with one label, the
-- later becomes "label (2)"; an id is dealt anew. All of it is done or, when a
-- line says "error", nothing: two rows with one digest, a row without one of
-- the three, a user name of more than 255 bytes, a label of more than 400 or a
-- digest of more than 64 must be put right by hand before. Running it again
-- changes nothing.
--
-- In the table of mod_jiratoken every row keeps what it has. A token with a scope
-- other than "full" or with allowed_from opened nothing, and opens nothing: its
-- restrictions are what these two were, which is not understood.
--
-- A table that has all columns, but not the indexes for administrators' lists,
-- gets these.
--
-- A table with other columns is such an error: nothing in them, such as dates
-- of another shape, is dropped or guessed at. Keep them elsewhere, run this,
-- and fill in what is to stay; a date in seconds since 1970-01-01 UTC, from
-- which on the token is dead. With texts that strftime understands, say:
--
--   ALTER TABLE jiratoken RENAME TO jiratoken_dates;
--   CREATE TABLE jiratoken AS SELECT user_name, label, digest
--     FROM jiratoken_dates ORDER BY rowid;
--
-- and after this script:
--
--   UPDATE jiratoken SET expires_at = (SELECT strftime('%s', d.expires_at)
--     FROM jiratoken_dates d WHERE d.digest = jiratoken.digest);
--
-- SQLite has no IF. So the table is always made anew, and what the rows of one
-- that is up to date have besides is kept by this: inside a subquery a name is
-- a column of the table there, if it has such a column, or else of "absent".

.bail on
PRAGMA journal_mode = WAL;
BEGIN IMMEDIATE;

CREATE TABLE jiratoken_upgraded (
    id             INTEGER      PRIMARY KEY AUTOINCREMENT,
    user_name      VARCHAR(255) NOT NULL,
    slot           INTEGER      NOT NULL,
    label          VARCHAR(400) NOT NULL,
    digest         CHAR(64)     NOT NULL,
    created_at     BIGINT,
    expires_at     BIGINT,
    last_used_at   BIGINT,
    last_used_from VARCHAR(64),
    restrictions   VARCHAR(1000),
    previous_digest CHAR(64),
    previous_until BIGINT,
    shown          INTEGER      NOT NULL DEFAULT 1,
    noticed        INTEGER,
    CONSTRAINT jiratoken_digest   UNIQUE (digest),
    CONSTRAINT jiratoken_previous UNIQUE (previous_digest),
    CONSTRAINT jiratoken_slot     UNIQUE (user_name, slot),
    CONSTRAINT jiratoken_label    UNIQUE (user_name, label)
);

INSERT INTO jiratoken_upgraded
    (id, user_name, slot, label, digest, created_at, expires_at, last_used_at,
     last_used_from, restrictions, previous_digest, previous_until, shown, noticed)
WITH
absent AS (
    SELECT NULL AS id, NULL AS slot, NULL AS created_at, NULL AS expires_at,
           NULL AS last_used_at, NULL AS last_used_from, 'full' AS scope,
           NULL AS allowed_from, NULL AS restrictions, NULL AS previous_digest,
           NULL AS previous_until, NULL AS shown, NULL AS noticed
),
old AS (
    SELECT o.rowid AS n,
           CAST(o.user_name AS TEXT) COLLATE BINARY AS user_name,
           CAST(o.label AS TEXT) COLLATE BINARY AS label,
           CAST(o.digest AS TEXT) AS digest,
           (SELECT id             FROM jiratoken i WHERE i.rowid = o.rowid) AS id,
           (SELECT slot           FROM jiratoken i WHERE i.rowid = o.rowid) AS kept_slot,
           (SELECT created_at     FROM jiratoken i WHERE i.rowid = o.rowid) AS created_at,
           (SELECT expires_at     FROM jiratoken i WHERE i.rowid = o.rowid) AS expires_at,
           (SELECT last_used_at   FROM jiratoken i WHERE i.rowid = o.rowid) AS last_used_at,
           (SELECT last_used_from FROM jiratoken i WHERE i.rowid = o.rowid) AS last_used_from,
           (SELECT scope          FROM jiratoken i WHERE i.rowid = o.rowid) AS scope,
           (SELECT allowed_from   FROM jiratoken i WHERE i.rowid = o.rowid) AS allowed_from,
           (SELECT restrictions   FROM jiratoken i WHERE i.rowid = o.rowid) AS restrictions,
           (SELECT previous_digest FROM jiratoken i WHERE i.rowid = o.rowid)
               AS previous_digest,
           (SELECT previous_until FROM jiratoken i WHERE i.rowid = o.rowid) AS previous_until,
           (SELECT shown          FROM jiratoken i WHERE i.rowid = o.rowid) AS shown,
           (SELECT noticed        FROM jiratoken i WHERE i.rowid = o.rowid) AS noticed
    FROM jiratoken o, absent
),
dealt AS (
    SELECT old.*,
           row_number() OVER (PARTITION BY user_name ORDER BY n) - 1 AS slot,
           row_number() OVER (PARTITION BY user_name, label ORDER BY n) - 1 AS copy
    FROM old
),
numbers AS (
    SELECT DISTINCT slot + 2 AS number FROM dealt
),
free AS (   -- the numbers that a label's copies can have
    SELECT user_name, label, number,
           row_number() OVER (PARTITION BY user_name, label ORDER BY number) AS copy
    FROM dealt d, numbers
    WHERE copy = 1
      AND NOT EXISTS (SELECT 1 FROM old o WHERE o.user_name = d.user_name
                      AND o.label = d.label || ' (' || number || ')')
)
SELECT CASE WHEN d.kept_slot IS NOT NULL THEN d.id END,
       d.user_name, coalesce(d.kept_slot, d.slot),
       CASE WHEN d.copy = 0 THEN d.label ELSE d.label || ' (' || f.number || ')' END,
       d.digest, d.created_at, d.expires_at, d.last_used_at,
       CASE WHEN d.last_used_at IS NULL AND d.last_used_from = 'unseen' THEN NULL
            ELSE d.last_used_from END,
       CASE WHEN d.scope IS NOT 'full' OR d.allowed_from IS NOT NULL
            THEN substr('scope=' || coalesce(d.scope, '')
                        || coalesce(' from=' || d.allowed_from, ''), 1, 1000)
            ELSE d.restrictions END,
       d.previous_digest, d.previous_until,
       CASE WHEN d.last_used_at IS NULL AND d.last_used_from = 'unseen' THEN 0
            ELSE coalesce(d.shown, 1) END,
       d.noticed
FROM dealt d
LEFT JOIN free f ON f.user_name = d.user_name AND f.label = d.label AND f.copy = d.copy
ORDER BY d.n;

-- The columns of which nothing was copied.
CREATE TEMP TABLE jiratoken_lost AS
SELECT name, type FROM pragma_table_info('jiratoken')
WHERE lower(name) NOT IN (SELECT name FROM pragma_table_info('jiratoken_upgraded')
                          UNION ALL VALUES ('scope'), ('allowed_from'))
   OR lower(name) NOT IN ('id', 'user_name', 'label', 'digest')
      AND 'slot' NOT IN (SELECT lower(name) FROM pragma_table_info('jiratoken'));
SELECT 'error: this script cannot keep ' || words
FROM (SELECT group_concat(trim(name || ' ' || type), ', ') AS words FROM jiratoken_lost)
WHERE words IS NOT NULL;

-- Each stops the script, with its name for the reason, unless it holds.
CREATE TEMP TABLE jiratoken_check (
    lost    INTEGER CONSTRAINT "nothing was changed, as jiratoken has other columns"
            CHECK (lost = 0),
    dates   INTEGER CONSTRAINT "nothing was changed, as a date is no number of seconds"
            CHECK (dates = 0),
    missing INTEGER CONSTRAINT "not every row was copied" CHECK (missing = 0),
    wide    INTEGER CONSTRAINT "a user name, label or digest is too long" CHECK (wide = 0),
    others  INTEGER CONSTRAINT "jiratoken has indexes or triggers of its own: drop them first"
            CHECK (others = 0)
);
INSERT INTO jiratoken_check
SELECT (SELECT count(*) FROM jiratoken_lost),
       (SELECT count(*) FROM jiratoken_upgraded
        WHERE typeof(created_at) NOT IN ('integer', 'null')
           OR typeof(expires_at) NOT IN ('integer', 'null')
           OR typeof(last_used_at) NOT IN ('integer', 'null')),
       (SELECT count(*) FROM jiratoken) - (SELECT count(*) FROM jiratoken_upgraded),
       (SELECT count(*) FROM jiratoken_upgraded
        WHERE length(CAST(user_name AS BLOB)) > 255 OR length(CAST(label AS BLOB)) > 400
           OR length(CAST(digest AS BLOB)) > 64),
       (SELECT count(*) FROM sqlite_master
        WHERE tbl_name = 'jiratoken' AND type IN ('index', 'trigger') AND sql IS NOT NULL
          AND name NOT IN ('jiratoken_naming', 'jiratoken_created', 'jiratoken_expires',
                           'jiratoken_used', 'jiratoken_limited'));
DROP TABLE jiratoken_check;
DROP TABLE jiratoken_lost;

-- The id of a token that was revoked does not come back, either.
INSERT INTO sqlite_sequence (name, seq)
SELECT 'jiratoken_upgraded', seq FROM sqlite_sequence
WHERE name = 'jiratoken'
  AND NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'jiratoken_upgraded');
UPDATE sqlite_sequence
SET seq = max(seq, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'jiratoken'), 0))
WHERE name = 'jiratoken_upgraded';

DROP TABLE jiratoken;
ALTER TABLE jiratoken_upgraded RENAME TO jiratoken;
CREATE INDEX IF NOT EXISTS jiratoken_naming  ON jiratoken (label);
CREATE INDEX IF NOT EXISTS jiratoken_created ON jiratoken (created_at);
CREATE INDEX IF NOT EXISTS jiratoken_expires ON jiratoken (expires_at);
CREATE INDEX IF NOT EXISTS jiratoken_used    ON jiratoken (last_used_at);
CREATE INDEX IF NOT EXISTS jiratoken_limited ON jiratoken (id) WHERE restrictions IS NOT NULL;
COMMIT;
