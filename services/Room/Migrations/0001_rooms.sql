-- What Room knows of the plan (Scheduling's), of permits and enrollments (Enrollment's), of accounts (Identity's),
-- and what it owns itself: what happens in a room. The log is the truth; everything else is read off it or guards it.

create table sessions (
    session_id      uuid        primary key,
    group_id        uuid        not null,
    practice        text        not null,
    starts_at       timestamptz not null,
    ends_at         timestamptz not null,
    capacity        integer     not null check (capacity >= 0),
    retention_days  integer     not null,
    late_arrivals   boolean     not null default true,
    cancelled       boolean     not null,
    plan_version    bigint      not null,
    phase           text        not null check (phase in ('scheduled', 'lobby', 'live', 'held', 'ended')),
    phase_version   bigint      not null,
    locked          boolean     not null default false,
    slow_seconds    integer     not null default 0 check (slow_seconds between 0 and 300),
    speaker_id      uuid,
    opened_at       timestamptz,
    held_until      timestamptz,
    held_since      timestamptz,
    -- What the last hold would have ended at, and when it was resumed: a facilitator who comes and goes does not start a new deadline each time.
    last_held_until timestamptz,
    resumed_at      timestamptz,
    ended_at        timestamptz,
    end_reason      text,
    wrapped_key     bytea,
    -- Grows with every saved change of the room, so that a decision made on an older state is refused.
    version         bigint      not null default 0
);
create index sessions_in_progress on sessions (phase) where phase in ('live', 'held');

create table session_staff (
    session_id uuid not null references sessions (session_id),
    account_id uuid not null,
    role       text not null check (role in ('lead', 'co_facilitator')),
    primary key (session_id, account_id)
);
create index session_staff_by_account on session_staff (account_id);

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

create table facilitator_names (
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
    session_id            uuid        not null references sessions (session_id),
    participant_id        uuid        not null,
    account_id            uuid        not null,
    role                  text        not null check (role in ('lead', 'co_facilitator', 'observer', 'member')),
    alias                 text        check (char_length(alias) between 1 and 40),
    admission             text        not null default 'none' check (admission in ('none', 'waiting', 'in', 'removed')),
    present               boolean     not null default false,
    -- Events of the room up to here were before this person's admission.
    admitted_seq          bigint      not null default 0,
    -- Events of the private stream up to here were before the first admission.
    private_seq           bigint      not null default 0,
    hand                  boolean     not null default false,
    audio_muted           boolean     not null default false,
    video_muted           boolean     not null default false,
    chat_muted            boolean     not null default false,
    jurisdiction          text,
    attested_at           timestamptz,
    alone                 boolean,
    address               bytea,
    permit_until          timestamptz,
    permit_lost           boolean     not null default false,
    refused_at            timestamptz,
    last_present_at       timestamptz,
    -- When an allowance will be whole again; null when it is whole.
    posts_refilled_at     timestamptz,
    hands_refilled_at     timestamptz,
    reactions_refilled_at timestamptz,
    -- The last message to everybody: slow mode counts from it.
    spoke_at              timestamptz,
    crisis                boolean     not null default false,
    crisis_version        bigint      not null default 0,
    -- A handover was recorded for the permit that is lost now.
    handover_at           timestamptz,
    -- The permit's end that was announced last, and the fewest minutes before it that were announced.
    warned_until          timestamptz,
    warned_minutes        integer,
    -- Accounts of co-facilitators who only observe while this member is in the room.
    observers             uuid[],
    last_outcome          text,
    primary key (session_id, participant_id),
    constraint one_participant_per_person unique (session_id, account_id)
);
create index participants_by_account on participants (account_id);

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

create table hidden_messages (
    session_id uuid        not null,
    stream     text        not null,
    seq        bigint      not null,
    at         timestamptz not null,
    primary key (session_id, stream, seq),
    foreign key (session_id, stream, seq) references room_events (session_id, stream, seq)
);
revoke update, delete, truncate on hidden_messages from ${app};

-- One reaction of one kind per person and message. Which one, only its digest under the session's key tells.
create table reactions (
    session_id     uuid   not null,
    stream         text   not null,
    seq            bigint not null,
    participant_id uuid   not null,
    digest         bytea  not null,
    primary key (session_id, stream, seq, participant_id, digest)
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
create index moderation_notes_by_session on moderation_notes (session_id, at, note_id);

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

-- A process that serves connections. The lease counts by the database's clock alone; the term grows when the lease was over before it was renewed.
create table nodes (
    node_id     uuid        primary key,
    lease_until timestamptz not null,
    term        bigint      not null default 1
);

create table connections (
    connection_id   text        primary key,
    session_id      uuid        not null,
    participant_id  uuid        not null,
    node_id         uuid        not null,
    sign_in_id      uuid        not null,
    sign_in_ends_at timestamptz not null,
    entered_at      timestamptz not null,
    ending          text,
    -- Its person lost the right to be here: it hears nothing of the room any more and closes at this instant.
    closes_at       timestamptz
);
create index connections_by_participant on connections (session_id, participant_id);
create index connections_by_node on connections (node_id);

-- The last sign of life of anybody who may lead the room. Apart from sessions, so that a heartbeat never waits for a post.
create table staff_presence (
    session_id uuid        primary key,
    seen_at    timestamptz not null
);

-- What facilitators say against the count: facts beside it, never over it.
create table attendance_corrections (
    correction_id uuid        primary key,
    session_id    uuid        not null references sessions (session_id),
    member_id     uuid        not null,
    version       bigint      not null,
    status        text        check (status in ('excused', 'present', 'no_show')),
    note          bytea,
    by_account    uuid        not null,
    at            timestamptz not null,
    constraint one_correction_per_version unique (session_id, member_id, version),
    constraint something_is_corrected check (status is not null or note is not null)
);
revoke update, delete, truncate on attendance_corrections from ${app};

-- A room that lost its facilitators, for the record.
create table incidents (
    incident_id     uuid        primary key,
    session_id      uuid        not null references sessions (session_id),
    kind            text        not null check (kind in ('facilitator-lost')),
    began_at        timestamptz not null,
    staff_seen_at   timestamptz not null,
    held_until      timestamptz not null,
    members_present integer     not null,
    closed_at       timestamptz,
    outcome         text        check (outcome in ('resumed', 'ended'))
);
create index incidents_by_session on incidents (session_id);

-- Locks rooms, and undoes the transaction unless this node may write in this term and no room has changed since it was decided on.
create function fence_rooms(p_node uuid, p_term bigint, p_sessions uuid[], p_versions bigint[]) returns void language plpgsql set lock_timeout = '1s' as $$
declare
    changed text;
begin
    perform 1 from sessions where session_id = any(p_sessions) order by session_id for no key update;
    if p_term is not null and not exists (select 1 from nodes where node_id = p_node and term = p_term and lease_until > clock_timestamp()) then
        raise exception 'The lease of the node is over.' using errcode = 'GT001';
    end if;
    select string_agg(session_id::text, ' ') into changed
    from unnest(p_sessions, p_versions) as g (session_id, version) join sessions s using (session_id) where s.version <> g.version;
    if changed is not null then
        raise exception '%', changed using errcode = 'GT002';
    end if;
end $$;
