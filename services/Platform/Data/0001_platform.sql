-- What every service's database holds: messages to publish, messages seen, scheduled work,
-- responses stored under idempotency keys, and the audit log. ${app} is the service's restricted role.

create table outbox (
    id          bigint generated always as identity primary key,
    message_id  uuid        not null unique,
    urn         text        not null,
    body        json        not null,
    traceparent text,
    created_at  timestamptz not null,
    attempts    integer     not null default 0,
    last_error  text,
    next_attempt_at timestamptz not null default '-infinity'
);

-- Work that must happen at an instant. A claim is an update of next_attempt_at; a row that fails comes again later and harms no other.
create sequence due_work_version;
create table due_work (
    kind            text        not null,
    key             text        not null,
    due_at          timestamptz not null,
    next_attempt_at timestamptz not null,
    attempts        integer     not null default 0,
    last_error      text,
    version         bigint      not null default nextval('due_work_version'),
    data            text,
    primary key (kind, key)
);
create index due_work_by_next_attempt on due_work (kind, next_attempt_at);

create table inbox (
    message_id  uuid        not null,
    consumer    text        not null,
    received_at timestamptz not null,
    primary key (message_id, consumer)
);
create index inbox_by_age on inbox (received_at);

create table idempotency_keys (
    caller       uuid        not null,
    key          text        not null,
    request_hash bytea       not null,
    status       integer     not null,
    content_type text,
    location     text,
    body         bytea,
    created_at   timestamptz not null,
    primary key (caller, key)
);
create index idempotency_keys_by_age on idempotency_keys (created_at);

create table audit_entries (
    id      uuid        primary key,
    at      timestamptz not null,
    act     text        not null,
    who     text        not null,
    subject uuid,
    ref     uuid,
    data    text        not null default '{}'
);
create index audit_entries_by_time on audit_entries (at);
create index audit_entries_by_subject on audit_entries (subject);

-- Entries without a link yet. Writers never wait for the chain.
create table audit_pending (
    entry_id uuid primary key references audit_entries (id)
);

create table audit_links (
    seq      bigint primary key check (seq > 0),
    entry_id uuid   not null unique references audit_entries (id),
    prev     text   not null check (length(prev) = 64),
    hash     text   not null check (length(hash) = 64)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end $$;

create trigger audit_entries_are_append_only before update or delete or truncate on audit_entries
    for each statement execute function refuse_change();
create trigger audit_links_are_append_only before update or delete or truncate on audit_links
    for each statement execute function refuse_change();
revoke update, delete, truncate on audit_entries, audit_links from ${app};
