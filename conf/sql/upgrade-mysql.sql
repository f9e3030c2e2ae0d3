-- Makes the table without dates (user_name, label, digest) of an older system,
-- or that of mod_jiratoken before there were restrictions and rotation, into
-- the one of mysql.sql, for MariaDB 10.5 or MySQL 8.0, or later. Take a dump
-- and stop whatever writes to the table first; then, as an account that may
-- create and drop tables:
--
--   mariadb tokens < upgrade-mysql.sql
--
-- The digests must be HMAC-SHA-256 of the tokens, in hex (0-9, a-f), by a key
-- that stands in JiraTokenKeyFile: a token with any other digest opens nothing.
--
-- No row is lost: the dates of each are unknown (NULL), so it never expires;
-- a user's rows get the slots from 0 on, and whoever has more tokens than
-- JiraTokenMax keeps them all; where a user has two tokens with one label, the
-- later becomes "label (2)"; an id is dealt anew. These servers have no
-- transactions for tables, so a new one is filled first, and takes the old
-- one's place in a single step when that has worked. When a line begins with
-- ERROR, nothing has changed: two rows with one digest, a row without one of
-- the three, a user name of more than 255 bytes, a label of more than 400 or a
-- digest of more than 64 must be put right by hand before. The old table stays
-- as jiratoken_without_dates: drop it when all is well. Running this again
-- changes nothing. Rights that were given on jiratoken hold for the new table.
--
-- In the table of mod_jiratoken every row keeps what it has. New columns are added,
-- and two are dropped when they have been copied; a step that fails is done when
-- this runs again, and until then httpd answers 503. A token with a scope other
-- than "full" or with allowed_from opened nothing, and opens nothing: its
-- restrictions are what these two were, which is not understood.
--
-- A table that has all columns, but not the indexes for administrators' lists,
-- gets these.
--
-- A table with other columns is such an ERROR: nothing in them, such as dates
-- of another shape, is dropped or guessed at. Keep them elsewhere, run this,
-- and fill in what is to stay; a date in seconds since 1970-01-01 UTC, from
-- which on the token is dead. With a DATETIME in UTC, say:
--
--   CREATE TABLE jiratoken_dates AS SELECT digest, expires_at FROM jiratoken;
--   ALTER TABLE jiratoken DROP COLUMN expires_at;
--
-- and after this script:
--
--   UPDATE jiratoken SET expires_at =
--     (SELECT timestampdiff(SECOND, '1970-01-01', d.expires_at)
--     FROM jiratoken_dates d WHERE d.digest = jiratoken.digest);

SET NAMES utf8mb4;
SET SESSION sql_mode = 'STRICT_ALL_TABLES';
SET @is_old = (SELECT COUNT(*) = 0 FROM information_schema.columns
               WHERE table_schema = DATABASE() AND table_name = 'jiratoken'
                 AND column_name = 'slot');

-- What would be lost, or is no number of seconds. There is no other way to stop
-- a script than a statement that fails.
SET @others = (SELECT GROUP_CONCAT(column_name, ' ', column_type
                                   ORDER BY ordinal_position SEPARATOR ', ')
               FROM information_schema.columns
               WHERE table_schema = DATABASE() AND table_name = 'jiratoken'
                 AND IF(@is_old, column_name NOT IN ('id', 'user_name', 'label', 'digest'),
                        column_name IN ('created_at', 'expires_at', 'last_used_at')
                        AND data_type <> 'bigint'));
SET @is_old = @is_old AND @others IS NULL;
SELECT @others AS 'this script cannot keep' FROM (SELECT 1) one WHERE @others IS NOT NULL;
SET @step = IF(@others IS NULL, 'DO 0', 'DO `nothing was changed, as jiratoken has other columns`');
PREPARE step FROM @step;
EXECUTE step;
DEALLOCATE PREPARE step;

DROP TABLE IF EXISTS jiratoken_numbered, jiratoken_upgraded;
CREATE TABLE jiratoken_upgraded (
    id             BIGINT         NOT NULL AUTO_INCREMENT,
    user_name      VARBINARY(255) NOT NULL,
    slot           INTEGER        NOT NULL,
    label          VARBINARY(400) NOT NULL,
    digest         VARBINARY(64)  NOT NULL,
    created_at     BIGINT,
    expires_at     BIGINT,
    last_used_at   BIGINT,
    last_used_from VARCHAR(64),
    restrictions   VARCHAR(1000),
    previous_digest VARBINARY(64),
    previous_until BIGINT,
    shown          SMALLINT       NOT NULL DEFAULT 1,
    noticed        INTEGER,
    PRIMARY KEY (id),
    CONSTRAINT jiratoken_digest   UNIQUE (digest),
    CONSTRAINT jiratoken_previous UNIQUE (previous_digest),
    CONSTRAINT jiratoken_slot     UNIQUE (user_name, slot),
    CONSTRAINT jiratoken_label    UNIQUE (user_name, label),
    KEY jiratoken_naming  (label),
    KEY jiratoken_created (created_at),
    KEY jiratoken_expires (expires_at),
    KEY jiratoken_used    (last_used_at),
    KEY jiratoken_limited (restrictions(8))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The old columns' text becomes UTF-8, whatever it was, and then plain bytes.
-- Of a user's rows each has its slot, of those with one label each its copy.
CREATE TABLE jiratoken_numbered (
    n         BIGINT         NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_name VARBINARY(255) NOT NULL,
    label     VARBINARY(400) NOT NULL,
    digest    VARBINARY(64)  NOT NULL,
    slot      INTEGER        NOT NULL,
    copy      INTEGER        NOT NULL,
    KEY jiratoken_numbered_label (user_name, label)
) ENGINE=InnoDB;
INSERT INTO jiratoken_numbered (user_name, label, digest, slot, copy)
WITH old AS (
    SELECT row_number() OVER () AS n,
           CAST(CONVERT(user_name USING utf8mb4) AS BINARY) AS user_name,
           CAST(CONVERT(label USING utf8mb4) AS BINARY) AS label,
           CAST(CONVERT(digest USING utf8mb4) AS BINARY) AS digest
    FROM jiratoken WHERE @is_old
)
SELECT user_name, label, digest,
       row_number() OVER (PARTITION BY user_name ORDER BY n) - 1,
       row_number() OVER (PARTITION BY user_name, label ORDER BY n) - 1
FROM old ORDER BY n;

INSERT INTO jiratoken_upgraded (user_name, slot, label, digest)
WITH
numbers AS (
    SELECT DISTINCT slot + 2 AS number FROM jiratoken_numbered
),
free AS (   -- the numbers that a label's copies can have
    SELECT d.user_name, d.label, number,
           row_number() OVER (PARTITION BY d.user_name, d.label ORDER BY number) AS copy
    FROM jiratoken_numbered d CROSS JOIN numbers
    LEFT JOIN jiratoken_numbered o
           ON o.user_name = d.user_name AND o.label = CONCAT(d.label, ' (', number, ')')
    WHERE d.copy = 1 AND o.n IS NULL
)
SELECT d.user_name, d.slot,
       CASE WHEN d.copy = 0 THEN d.label ELSE CONCAT(d.label, ' (', f.number, ')') END,
       d.digest
FROM jiratoken_numbered d
LEFT JOIN free f ON f.user_name = d.user_name AND f.label = d.label AND f.copy = d.copy
ORDER BY d.n;
DROP TABLE jiratoken_numbered;

-- Also for a client that goes on after an error (--force).
SET @is_whole = (SELECT COUNT(*) FROM jiratoken) = (SELECT COUNT(*) FROM jiratoken_upgraded);
SET @step = IF(@is_old AND @is_whole,
               'RENAME TABLE jiratoken TO jiratoken_without_dates, jiratoken_upgraded TO jiratoken',
               'DROP TABLE jiratoken_upgraded');
PREPARE step FROM @step;
EXECUTE step;
DEALLOCATE PREPARE step;

-- From the table before there were restrictions and rotation. The module asks for
-- restrictions, which gets its name in the last step, when it is filled: a table
-- that is half done is none for it.
SET @has_scope = (SELECT COUNT(*) FROM information_schema.columns
                  WHERE table_schema = DATABASE() AND table_name = 'jiratoken'
                    AND column_name = 'scope');
SET @is_begun = (SELECT COUNT(*) FROM information_schema.columns
                 WHERE table_schema = DATABASE() AND table_name = 'jiratoken'
                   AND column_name = 'restrictions_upgraded');
SET @step = IF(@has_scope AND NOT @is_begun,
               'ALTER TABLE jiratoken
                    ADD COLUMN restrictions_upgraded VARCHAR(1000),
                    ADD COLUMN previous_digest VARBINARY(64),
                    ADD COLUMN previous_until BIGINT,
                    ADD COLUMN shown SMALLINT NOT NULL DEFAULT 1,
                    ADD COLUMN noticed INTEGER,
                    ADD CONSTRAINT jiratoken_previous UNIQUE (previous_digest)',
               'DO 0');
PREPARE step FROM @step;
EXECUTE step;
DEALLOCATE PREPARE step;
SET @step = IF(@has_scope,
               'UPDATE jiratoken
                SET restrictions_upgraded =
                    LEFT(CONCAT(''scope='', IFNULL(scope, ''''),
                                IFNULL(CONCAT('' from='', allowed_from), '''')), 1000)
                WHERE NOT CAST(scope AS BINARY) <=> ''full'' OR allowed_from IS NOT NULL',
               'DO 0');
PREPARE step FROM @step;
EXECUTE step;
DEALLOCATE PREPARE step;
SET @step = IF(@has_scope,
               'UPDATE jiratoken SET shown = 0, last_used_from = NULL
                WHERE last_used_at IS NULL AND last_used_from = ''unseen''',
               'DO 0');
PREPARE step FROM @step;
EXECUTE step;
DEALLOCATE PREPARE step;

-- Also for a client that goes on after an error.
SET @left = 1;
SET @step = IF(@has_scope,
               'SELECT COUNT(*) INTO @left FROM jiratoken
                WHERE restrictions_upgraded IS NULL
                  AND (NOT CAST(scope AS BINARY) <=> ''full'' OR allowed_from IS NOT NULL)
                   OR last_used_at IS NULL AND last_used_from = ''unseen''',
               'DO 0');
PREPARE step FROM @step;
EXECUTE step;
DEALLOCATE PREPARE step;
SET @step = IF(@has_scope AND @left = 0,
               'ALTER TABLE jiratoken
                    CHANGE COLUMN restrictions_upgraded restrictions VARCHAR(1000),
                    DROP COLUMN scope, DROP COLUMN allowed_from',
               'DO 0');
PREPARE step FROM @step;
EXECUTE step;
DEALLOCATE PREPARE step;

-- From the table before there were indexes for administrators' lists.
SET @is_bare = NOT EXISTS (SELECT 1 FROM information_schema.statistics
                           WHERE table_schema = DATABASE() AND table_name = 'jiratoken'
                             AND index_name = 'jiratoken_limited')
           AND EXISTS (SELECT 1 FROM information_schema.columns
                       WHERE table_schema = DATABASE() AND table_name = 'jiratoken'
                         AND column_name = 'restrictions');
SET @step = IF(@is_bare,
               'ALTER TABLE jiratoken
                    ADD KEY jiratoken_naming (label),
                    ADD KEY jiratoken_created (created_at),
                    ADD KEY jiratoken_expires (expires_at),
                    ADD KEY jiratoken_used (last_used_at),
                    ADD KEY jiratoken_limited (restrictions(8))',
               'DO 0');
PREPARE step FROM @step;
EXECUTE step;
DEALLOCATE PREPARE step;
