-- The audit table of mod_jiratoken (JiraTokenAudit), for PostgreSQL 10 or later.
-- In the database of the tokens, as its owner, who must not be the role that
-- httpd signs in with (an owner can do everything):
--
--   psql -v ON_ERROR_STOP=1 -d tokens -f audit-pgsql.sql
--
-- That role needs these rights and no others:
--
--   GRANT SELECT, INSERT ON jiratoken_audit TO httpd;
--
-- In httpd's configuration:
--
--   JiraTokenAudit jiratoken_audit
--
-- It is only added to: each change of a token is a row before it (stage
-- 'intent') and a row after it ('done' or 'failed') with the same `intent`. A
-- lone intent says "perhaps": a process was killed, or the database stopped
-- answering. Times are seconds since 1970-01-01 UTC. Rows that are old enough
-- are for whoever owns the table to delete: httpd may not.

CREATE TABLE IF NOT EXISTS jiratoken_audit (
    id           BIGINT GENERATED ALWAYS AS IDENTITY,
    at           BIGINT        NOT NULL,
    event        VARCHAR(16)   COLLATE "C" NOT NULL,
    stage        VARCHAR(16)   COLLATE "C" NOT NULL,
    intent       VARCHAR(64)   COLLATE "C" NOT NULL,
    batch        BIGINT,
    actor        VARCHAR(1000) COLLATE "C",
    actor_how    VARCHAR(64)   COLLATE "C" NOT NULL,
    user_name    VARCHAR(255)  COLLATE "C",
    token_id     BIGINT,
    label        VARCHAR(400)  COLLATE "C",
    from_address VARCHAR(64)   COLLATE "C",
    detail       VARCHAR(2000) COLLATE "C",
    CONSTRAINT jiratoken_audit_id     PRIMARY KEY (id),
    CONSTRAINT jiratoken_audit_intent UNIQUE (intent, stage)
);

CREATE INDEX IF NOT EXISTS jiratoken_audit_at ON jiratoken_audit (at, id);
CREATE INDEX IF NOT EXISTS jiratoken_audit_user ON jiratoken_audit (user_name, at, id);
CREATE INDEX IF NOT EXISTS jiratoken_audit_actor ON jiratoken_audit (actor, at, id);
CREATE INDEX IF NOT EXISTS jiratoken_audit_event ON jiratoken_audit (event, at, id);
