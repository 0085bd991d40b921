"""The first schema: runs and their log, definitions, people and keys.

Every key starts with `workspace`, so that tenancy is in the key and a distributed PostgreSQL can shard by it.
The hot tables (executions, execution_events, mailbox, blobs) carry no foreign keys: each would cost a look-up and a lock per row
on the path whose speed counts, and the fence on `head` and `epoch` guards what they would.
Data of runs is `bytea` (UTF-8 JSON), never `jsonb`, which refuses NUL and reorders keys.
"""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

_workspaces = """
create table workspaces (
    id int primary key,
    name text not null,
    created_at timestamptz not null default now()
);
insert into workspaces (id, name) values (1, 'default');
"""

# Ids and names are searched by their beginnings, hence the collation: byte order is the order of prefixes whatever the server's locale.
# A run's row changes with every batch of its events: room on its page for new versions, and a vacuum after thousands of dead rows,
# not after a fifth of the table.
_executions = """
create table executions (
    workspace int not null,
    id uuid not null,
    public_id text collate "C" not null,
    workflow_id text,
    workflow_name text not null,
    version_hash text not null,
    parent_id uuid,
    scope text,
    item int,
    status text not null,
    head int not null,
    format int not null,
    simulated bool not null default false,
    run_as uuid,
    user_id text,
    session_id text,
    priority int not null default 0,
    trigger text not null,
    keys text[] not null default '{}',
    waiting_for text,
    usage bytea,
    error bytea,
    current_node text,
    ready_at timestamptz,
    owner uuid,
    epoch int not null default 0,
    imported bool not null default false,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    finished_at timestamptz,
    primary key (workspace, id),
    unique (workspace, public_id)
) with (
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_analyze_scale_factor = 0.05,
    autovacuum_vacuum_cost_delay = 0
);
create index executions_ready on executions (ready_at) where owner is null and ready_at is not null;
create index executions_owned on executions (owner) where owner is not null;
create index executions_newest on executions (workspace, created_at desc, id desc);
create index executions_of_workflow on executions (workspace, workflow_id, created_at desc, id desc);
create index executions_by_status on executions (workspace, status, created_at desc, id desc);
create index executions_by_name on executions (workspace, (lower(workflow_name) collate "C"), created_at desc, id desc);
create index executions_by_trigger on executions (workspace, trigger, created_at desc, id desc) where trigger <> 'api';
create index executions_by_key on executions using gin (keys) where keys <> '{}';
create index executions_children on executions (workspace, parent_id, scope, item) where parent_id is not null;
"""

# The log only grows: a vacuum is needed for the visibility map and freezing, not for dead rows.
_log = """
create table execution_events (
    workspace int not null,
    execution_id uuid not null,
    seq int not null,
    at timestamptz not null default now(),
    type text not null,
    node text,
    data bytea not null,
    primary key (workspace, execution_id, seq)
) with (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);

create table mailbox (
    workspace int not null,
    execution_id uuid not null,
    key text not null,
    kind text not null,
    signal bytea not null,
    created_at timestamptz not null default now(),
    primary key (workspace, execution_id, key)
) with (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);

create table blobs (
    workspace int not null,
    execution_id uuid not null,
    sha256 bytea not null,
    n int not null,
    body bytea not null,
    primary key (workspace, execution_id, sha256, n)
);
alter table blobs alter column body set storage external;

create table processes (
    id uuid primary key,
    beat timestamptz not null default now(),
    started_at timestamptz not null default now(),
    host text not null,
    pid int not null,
    formats int[] not null
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 200);
"""

_definitions = """
create table definitions (
    workspace int not null references workspaces,
    hash text not null,
    body bytea not null,
    created_at timestamptz not null default now(),
    primary key (workspace, hash)
);

create table workflows (
    workspace int not null references workspaces,
    id text not null,
    name text not null,
    description text not null default '',
    draft bytea not null,
    draft_revision int not null default 1,
    published_hash text,
    enabled bool not null default true,
    settings bytea,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    primary key (workspace, id)
);
create index workflows_newest on workflows (workspace, updated_at desc, id desc);

create table workflow_versions (
    workspace int not null,
    workflow_id text not null,
    number int not null,
    hash text not null,
    published_at timestamptz not null default now(),
    published_by uuid,
    note text,
    primary key (workspace, workflow_id, number),
    foreign key (workspace, workflow_id) references workflows on delete cascade,
    foreign key (workspace, hash) references definitions
);

create table agents (
    workspace int not null references workspaces,
    id text not null,
    body bytea not null,
    status text not null default 'active',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (workspace, id)
);
"""

# Null is the workspace's own connection, of which there is one per name as well: hence `nulls not distinct`.
_connections = """
create table connections (
    workspace int not null references workspaces,
    id uuid not null,
    name text not null,
    integration text not null,
    user_id text,
    sealed bytea not null,
    key_id text not null,
    meta bytea,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (workspace, id),
    unique nulls not distinct (workspace, integration, user_id, name)
);
"""

# Links, cookies and keys are found by the hash of what the caller holds; that alone is never stored.
_people = """
create table members (
    workspace int not null references workspaces,
    id uuid not null,
    name text not null,
    email text,
    role text not null,
    created_at timestamptz not null default now(),
    disabled_at timestamptz,
    primary key (workspace, id)
);
create unique index members_email on members (workspace, lower(email)) where email is not null;

create table sign_in_links (
    hash bytea primary key,
    workspace int not null references workspaces,
    member uuid,
    purpose text not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz
);

create table sessions (
    hash bytea primary key,
    workspace int not null,
    member uuid not null,
    created_at timestamptz not null default now(),
    seen_at timestamptz not null default now(),
    expires_at timestamptz not null,
    foreign key (workspace, member) references members on delete cascade
);
create index sessions_of_member on sessions (workspace, member);

create table api_keys (
    workspace int not null references workspaces,
    id uuid not null,
    hash bytea not null unique,
    name text not null,
    prefix text not null,
    role text not null,
    member uuid,
    created_at timestamptz not null default now(),
    last_used_at timestamptz,
    revoked_at timestamptz,
    primary key (workspace, id)
);

create table settings_kv (
    workspace int not null references workspaces,
    key text not null,
    value bytea not null,
    primary key (workspace, key)
);
"""


def upgrade() -> None:
    """Create everything."""
    for part in (_workspaces, _executions, _log, _definitions, _connections, _people):
        for statement in part.split(";\n"):
            if statement.strip():
                op.execute(statement)
