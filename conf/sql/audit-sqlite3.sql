-- The audit table of mod_jiratoken (JiraTokenAudit), for SQLite 3.
-- In the same file as the tokens, and as the same user:
--
--   sqlite3 /var/lib/jiratoken/tokens.db < audit-sqlite3.sql
--
-- In httpd's configuration:
--
--   JiraTokenAudit jiratoken_audit
--
-- SQLite has no rights. The triggers below refuse what is not an addition,
-- for as long as nobody drops them; who wants more takes a database server.
--
-- It is only added to: each change of a token is a row before it (stage
-- 'intent') and a row after it ('done' or 'failed') with the same `intent`. A
-- lone intent says "perhaps": a process was killed, or the database stopped
-- answering. Times are seconds since 1970-01-01 UTC. How old rows are deleted is
-- in "The audit" in docs/operations.md.

CREATE TABLE IF NOT EXISTS jiratoken_audit (
    id           INTEGER      PRIMARY KEY AUTOINCREMENT,
    at           BIGINT       NOT NULL,
    event        VARCHAR(16)  NOT NULL,
    stage        VARCHAR(16)  NOT NULL,
    intent       VARCHAR(64)  NOT NULL,
    batch        BIGINT,
    actor        VARCHAR(1000),
    actor_how    VARCHAR(64)  NOT NULL,
    user_name    VARCHAR(255),
    token_id     BIGINT,
    label        VARCHAR(400),
    from_address VARCHAR(64),
    detail       VARCHAR(2000),
    CONSTRAINT jiratoken_audit_intent UNIQUE (intent, stage)
);

CREATE INDEX IF NOT EXISTS jiratoken_audit_at ON jiratoken_audit (at, id);
CREATE INDEX IF NOT EXISTS jiratoken_audit_user ON jiratoken_audit (user_name, at, id);
CREATE INDEX IF NOT EXISTS jiratoken_audit_actor ON jiratoken_audit (actor, at, id);
CREATE INDEX IF NOT EXISTS jiratoken_audit_event ON jiratoken_audit (event, at, id);

CREATE TRIGGER IF NOT EXISTS jiratoken_audit_no_update
    BEFORE UPDATE ON jiratoken_audit
    BEGIN SELECT RAISE(ABORT, 'rows of the audit are not changed'); END;
CREATE TRIGGER IF NOT EXISTS jiratoken_audit_no_delete
    BEFORE DELETE ON jiratoken_audit
    BEGIN SELECT RAISE(ABORT, 'rows of the audit are not deleted'); END;
