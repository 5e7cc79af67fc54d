-- What Room knows of the plan (Scheduling's), of permits and enrolments (Enrollment's), of accounts (Identity's),
-- and what it owns itself: what happens in a room. The log is the truth; everything else is read off it or guards it.

create table sessions (
    session_id     uuid        primary key,
    group_id       uuid        not null,
    practice       text        not null,
    starts_at      timestamptz not null,
    ends_at        timestamptz not null,
    capacity       integer     not null check (capacity >= 0),
    retention_days integer     not null,
    cancelled      boolean     not null,
    plan_version   bigint      not null,
    phase          text        not null default 'scheduled' check (phase in ('scheduled', 'lobby', 'live', 'held', 'ended')),
    phase_version  bigint      not null default 0,
    locked         boolean     not null default false,
    opened_at      timestamptz,
    held_until     timestamptz,
    ended_at       timestamptz,
    end_reason     text,
    wrapped_key    bytea
);
create index sessions_in_progress on sessions (phase) where phase in ('live', 'held');

create table session_staff (
    session_id uuid not null references sessions (session_id),
    account_id uuid not null,
    role       text not null check (role in ('lead', 'co_facilitator')),
    primary key (session_id, account_id)
);

-- Permits may come before their session does.
create table permits (
    session_id    uuid    not null,
    member_id     uuid    not null,
    enrollment_id uuid    not null,
    permit_id     uuid    not null,
    version       bigint  not null,
    withdrawn     boolean not null,
    body          text    not null,
    primary key (session_id, member_id, enrollment_id)
);

create table enrollments (
    enrollment_id uuid    primary key,
    group_id      uuid    not null,
    member_id     uuid    not null,
    version       bigint  not null,
    active        boolean not null
);
create index enrollments_by_group on enrollments (group_id) where active;

create table facilitator_cards (
    facilitator_id uuid   primary key,
    display_name   text   not null,
    version        bigint not null
);

create table account_roles (
    account_id uuid   primary key,
    roles      text[] not null,
    version    bigint not null
);

create table revoked_sign_ins (
    sign_in_id uuid        primary key,
    revoked_at timestamptz not null
);

create table participants (
    session_id      uuid        not null references sessions (session_id),
    participant_id  uuid        not null,
    account_id      uuid        not null,
    role            text        not null check (role in ('lead', 'co_facilitator', 'observer', 'member')),
    alias           text        check (char_length(alias) between 1 and 40),
    admission       text        not null default 'none' check (admission in ('none', 'waiting', 'in', 'removed')),
    present         boolean     not null default false,
    -- Events of the room up to here were before this person's admission.
    admitted_seq    bigint      not null default 0,
    -- Events of the private stream up to here were before the first admission.
    private_seq     bigint      not null default 0,
    hand            boolean     not null default false,
    audio_muted     boolean     not null default false,
    video_muted     boolean     not null default false,
    chat_muted      boolean     not null default false,
    place           text,
    attested_at     timestamptz,
    alone           boolean,
    address         bytea,
    permit_until    timestamptz,
    permit_lost     boolean     not null default false,
    refused_at      timestamptz,
    last_present_at timestamptz,
    -- When this person's allowance of posts will be whole again; at most two seconds ahead.
    posts_settle_at timestamptz not null default '-infinity',
    primary key (session_id, participant_id),
    constraint one_participant_per_person unique (session_id, account_id)
);

create table room_streams (
    session_id uuid        not null references sessions (session_id),
    stream     text        not null,
    last_seq   bigint      not null check (last_seq > 0),
    last_at    timestamptz not null,
    primary key (session_id, stream)
);

-- Either data (ids, aliases, codes) or sealed (what people wrote, under the session's key).
create table room_events (
    session_id uuid        not null,
    stream     text        not null,
    seq        bigint      not null check (seq > 0),
    at         timestamptz not null,
    kind       text        not null,
    by_id      uuid,
    by_alias   text,
    by_role    text,
    data       text,
    sealed     bytea,
    primary key (session_id, stream, seq),
    constraint data_is_open_or_sealed check ((data is null) <> (sealed is null))
);
revoke update, delete, truncate on room_events from ${app};

create table posts (
    session_id     uuid   not null,
    participant_id uuid   not null,
    client_id      text   not null,
    stream         text   not null,
    seq            bigint not null,
    digest         bytea  not null,
    constraint one_message_per_client_id primary key (session_id, participant_id, client_id)
);

-- What staff gave as a reason: for the record, under the session's key.
create table moderation_notes (
    note_id        uuid        primary key,
    session_id     uuid        not null references sessions (session_id),
    at             timestamptz not null,
    by_id          uuid        not null,
    act            text        not null,
    participant_id uuid,
    sealed         bytea       not null
);

create table tickets (
    hash           bytea       primary key,
    session_id     uuid        not null,
    participant_id uuid        not null,
    account_id     uuid        not null,
    expires_at     timestamptz not null
);
create index tickets_by_participant on tickets (session_id, participant_id);
create index tickets_by_age on tickets (expires_at);

create table join_decisions (
    decision_id    uuid        primary key,
    session_id     uuid        not null,
    participant_id uuid        not null,
    permit_id      uuid        not null,
    permit_version bigint      not null,
    point          text        not null,
    jurisdiction   text        not null,
    outcome        text        not null,
    reason_codes   text        not null,
    at             timestamptz not null
);
create index join_decisions_by_session on join_decisions (session_id);

-- A process that serves connections. The lease counts by the database's clock alone.
create table nodes (
    node_id     uuid        primary key,
    lease_until timestamptz not null
);

create table connections (
    connection_id   text        primary key,
    session_id      uuid        not null,
    participant_id  uuid        not null,
    node_id         uuid        not null,
    sign_in_id      uuid        not null,
    sign_in_ends_at timestamptz not null,
    entered_at      timestamptz not null,
    ending          text
);
create index connections_by_participant on connections (session_id, participant_id);
create index connections_by_node on connections (node_id);

-- The last sign of life of anybody who may lead the room. Apart from sessions, so that a heartbeat waits for nobody's post.
create table staff_presence (
    session_id uuid        primary key,
    seen_at    timestamptz not null
);

-- What must happen at an instant, whoever is alive then: lobby, end, held-end, leave, forget.
create table deadlines (
    session_id uuid        not null references sessions (session_id),
    kind       text        not null check (kind in ('lobby', 'end', 'held-end', 'leave', 'forget')),
    subject    uuid        not null default '00000000-0000-0000-0000-000000000000',
    due_at     timestamptz not null,
    primary key (session_id, kind, subject)
);
create index deadlines_by_time on deadlines (due_at);
