-- Makes the table without dates (user_name, label, digest) of an older system
-- into the one of pgsql.sql, which must lie beside this file. Take a dump
-- first; then, as the table's owner or a superuser:
--
--   psql -d tokens -f upgrade-pgsql.sql
--
-- No row is lost: the dates of each are unknown (NULL), so it never expires;
-- whoever has more tokens than JiraTokenMax keeps them all; where a user has
-- two tokens with one label, the later becomes "label (2)". All of it is done
-- or, when a line says ERROR, nothing: two rows with one digest, a row without
-- one of the three, a user name of more than 255 characters, a label of more
-- than 400 or a digest of more than 64 must be put right by hand before.
-- Running it again changes nothing. Owner and rights stay as they are.

\set ON_ERROR_STOP on
BEGIN;
LOCK TABLE jiratoken IN ACCESS EXCLUSIVE MODE;

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
COMMIT;
