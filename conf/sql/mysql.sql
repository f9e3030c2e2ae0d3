-- The table of mod_jiratoken, for MariaDB 10.5 or MySQL 8.0, or later. Once,
-- as an account that may create tables:
--
--   mariadb tokens < mysql.sql
--
-- The account that httpd signs in with needs these rights and no others:
--
--   GRANT SELECT, INSERT, UPDATE, DELETE ON tokens.jiratoken TO 'httpd'@'%';
--
-- In httpd's configuration. reconnect=0 is needed: a connection that the
-- driver makes again by itself has lost every prepared statement. A value ends
-- at a blank, comma, semicolon or bar, so the password can have none of these.
-- The limits are in seconds; without them a lock that somebody forgot about
-- would hang httpd. Strict mode refuses what it could only store cut off.
-- With DBDMin 0 a process that begins asks for no connection, for which it would
-- wait, however long, before it answers anything.
--
--   DBDriver  mysql
--   DBDParams "host=db.example.org,dbname=tokens,user=httpd,pass=secret,reconnect=0"
--   DBDInitSQL "SET SESSION innodb_lock_wait_timeout = 2, lock_wait_timeout = 2, sql_mode = 'STRICT_ALL_TABLES'"
--   DBDMin 0
--   DBDMax 13
--
-- Nothing there limits how long connecting may take, and a server that hangs
-- takes for ever. The client library has a limit in a file of its own
-- (/etc/mysql/my.cnf, or what that includes), of which DBDParams names the
-- section, by group=httpd after another comma:
--
--   [httpd]
--   connect-timeout = 2
--
-- Times are seconds since 1970-01-01 UTC. A token is dead from expires_at on;
-- NULL is never. Names, labels and digests are bytes, the first two UTF-8:
-- every collation here takes some different texts for equal. (MySQL's own
-- client shows bytes as text with --skip-binary-as-hex.) The id of a revoked
-- token never comes back: older servers forget their counter when they start.

CREATE TABLE IF NOT EXISTS jiratoken (
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
    -- For the lists that administrators see, in any order and by any filter.
    KEY jiratoken_naming  (label),
    KEY jiratoken_created (created_at),
    KEY jiratoken_expires (expires_at),
    KEY jiratoken_used    (last_used_at),
    KEY jiratoken_limited (restrictions(8))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
