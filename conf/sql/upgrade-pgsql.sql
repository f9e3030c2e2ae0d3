-- Makes the table without dates (user_name, label, digest) of an older system,
-- or that of mod_jiratoken before there were restrictions and rotation, into
-- the one of pgsql.sql, which must lie beside this file. Take a dump first;
-- then, as the table's owner or a superuser:
--
--   psql -d tokens -f upgrade-pgsql.sql
--
-- The digests must be HMAC-SHA-256 of the tokens, in hex (0-9, a-f), by a key
-- that stands in JiraTokenKeyFile: a token with any other digest opens nothing.
--
-- No row is lost: the dates of each are unknown (NULL), so it never expires;
-- a user's rows get the slots from 0 on, and whoever has more tokens than
-- JiraTokenMax keeps them all; where a user has two tokens with one label, the
-- later becomes "label (2)"; an id is dealt anew. All of it is done or, when a
-- line says ERROR, nothing: two rows with one digest, a row without one of the
-- three, a user name of more than 255 characters, a label of more than 400 or a
-- digest of more than 64 must be put right by hand before. Running it again
-- changes nothing. Owner and rights stay as they are.
--
-- In the table of mod_jiratoken every row keeps what it has. A token with a scope
-- other than "full" or with allowed_from opened nothing, and opens nothing: its
-- restrictions are what these two were, which is not understood.
--
-- A table that has all columns, but not the indexes for administrators' lists,
-- gets these.
--
-- A table with other columns is such an ERROR: nothing in them, such as dates
-- of another shape, is dropped or guessed at. Keep them elsewhere, run this,
-- and fill in what is to stay; a date in seconds since 1970-01-01 UTC, from
-- which on the token is dead. With a timestamp, say:
--
--   CREATE TABLE jiratoken_dates AS SELECT digest, expires_at FROM jiratoken;
--   ALTER TABLE jiratoken DROP COLUMN expires_at;
--
-- and after this script:
--
--   UPDATE jiratoken SET expires_at = (SELECT extract(epoch FROM d.expires_at)
--     FROM jiratoken_dates d WHERE d.digest = jiratoken.digest);

\set ON_ERROR_STOP on
BEGIN;
LOCK TABLE jiratoken IN ACCESS EXCLUSIVE MODE;

-- What would be lost, or is no number of seconds.
DO $$
DECLARE
    is_old CONSTANT boolean := NOT EXISTS (
        SELECT 1 FROM pg_attribute WHERE attrelid = 'jiratoken'::regclass
           AND attname = 'slot' AND NOT attisdropped);
    others CONSTANT text := (
        SELECT string_agg(format('%I %s', attname, atttypid::regtype), ', ' ORDER BY attnum)
        FROM pg_attribute
        WHERE attrelid = 'jiratoken'::regclass AND attnum > 0 AND NOT attisdropped
          AND CASE WHEN is_old
                   THEN attname NOT IN ('id', 'user_name', 'label', 'digest')
                   ELSE attname IN ('created_at', 'expires_at', 'last_used_at')
                        AND atttypid <> 'bigint'::regtype END);
BEGIN
    IF others IS NOT NULL THEN
        RAISE EXCEPTION 'nothing was changed, as this script cannot keep: %', others
            USING HINT = 'Its head says what to do.';
    END IF;
END $$;

SELECT NOT EXISTS (SELECT 1 FROM pg_attribute
                   WHERE attrelid = 'jiratoken'::regclass AND attname = 'slot'
                     AND NOT attisdropped) AS is_old \gset

\if :is_old

CREATE TEMP TABLE jiratoken_old ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY ctid) AS n, user_name::text COLLATE "C" AS user_name,
       label::text COLLATE "C" AS label, digest::text AS digest
FROM jiratoken;

CREATE TEMP TABLE jiratoken_rights ON COMMIT DROP AS
SELECT format('ALTER TABLE jiratoken OWNER TO %I', pg_get_userbyid(relowner)) AS statement
FROM pg_class WHERE oid = 'jiratoken'::regclass
UNION ALL
SELECT format('GRANT %s ON jiratoken TO %s', privilege_type,
              CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END)
FROM pg_class, aclexplode(relacl) WHERE oid = 'jiratoken'::regclass;

DROP TABLE jiratoken;
\ir pgsql.sql

INSERT INTO jiratoken (user_name, slot, label, digest)
WITH
dealt AS (
    SELECT o.*,
           row_number() OVER (PARTITION BY user_name ORDER BY n) - 1 AS slot,
           row_number() OVER (PARTITION BY user_name, label ORDER BY n) - 1 AS copy
    FROM jiratoken_old o
),
numbers AS (
    SELECT DISTINCT slot + 2 AS number FROM dealt
),
free AS (   -- the numbers that a label's copies can have
    SELECT user_name, label, number,
           row_number() OVER (PARTITION BY user_name, label ORDER BY number) AS copy
    FROM dealt d, numbers
    WHERE copy = 1
      AND NOT EXISTS (SELECT 1 FROM jiratoken_old o WHERE o.user_name = d.user_name
                      AND o.label = d.label || ' (' || number || ')')
)
SELECT d.user_name, d.slot,
       CASE WHEN d.copy = 0 THEN d.label ELSE d.label || ' (' || f.number || ')' END,
       d.digest
FROM dealt d
LEFT JOIN free f ON f.user_name = d.user_name AND f.label = d.label AND f.copy = d.copy
ORDER BY d.n;

SELECT statement FROM jiratoken_rights \gexec

\endif

-- From the table before there were restrictions and rotation.
SELECT EXISTS (SELECT 1 FROM pg_attribute
               WHERE attrelid = 'jiratoken'::regclass AND attname = 'scope'
                 AND NOT attisdropped) AS is_without_restrictions \gset

\if :is_without_restrictions

ALTER TABLE jiratoken
    ADD COLUMN restrictions VARCHAR(1000) COLLATE "C",
    ADD COLUMN previous_digest VARCHAR(64) COLLATE "C",
    ADD COLUMN previous_until BIGINT,
    ADD COLUMN shown SMALLINT NOT NULL DEFAULT 1,
    ADD COLUMN noticed INTEGER,
    ADD CONSTRAINT jiratoken_previous UNIQUE (previous_digest);

UPDATE jiratoken
SET restrictions = left('scope=' || coalesce(scope, '')
                        || coalesce(' from=' || allowed_from, ''), 1000)
WHERE scope IS DISTINCT FROM 'full' OR allowed_from IS NOT NULL;

UPDATE jiratoken SET shown = 0, last_used_from = NULL
WHERE last_used_at IS NULL AND last_used_from = 'unseen';

ALTER TABLE jiratoken DROP COLUMN scope, DROP COLUMN allowed_from;

\endif

-- From the table before there were these indexes.
CREATE INDEX IF NOT EXISTS jiratoken_naming  ON jiratoken (label, id);
CREATE INDEX IF NOT EXISTS jiratoken_created ON jiratoken (created_at, id);
CREATE INDEX IF NOT EXISTS jiratoken_expires ON jiratoken (expires_at, id);
CREATE INDEX IF NOT EXISTS jiratoken_used    ON jiratoken (last_used_at, id);
CREATE INDEX IF NOT EXISTS jiratoken_limited ON jiratoken (id) WHERE restrictions IS NOT NULL;
COMMIT;
