-- Reactions, hidden messages, slow mode, the speaking turn, crises, warnings before a permit ends, observers, corrections of attendance, incidents.

alter table sessions
    add column late_arrivals boolean not null default true,
    add column slow_seconds  integer not null default 0 check (slow_seconds between 0 and 300),
    add column turn_of       uuid,
    add column held_since    timestamptz,
    -- What the last hold would have ended at, and when it was resumed: a facilitator who comes and goes does not start a new deadline each time.
    add column last_held_until timestamptz,
    add column resumed_at      timestamptz;

alter table participants
    -- The last message to everybody: slow mode counts from it.
    add column spoke_at        timestamptz,
    add column hands_settle_at timestamptz not null default '-infinity',
    add column reactions_settle_at timestamptz not null default '-infinity',
    add column crisis          boolean not null default false,
    add column crisis_version  bigint not null default 0,
    -- A handover was recorded for the permit that is lost now.
    add column handover_at     timestamptz,
    -- The permit's end that was announced last, and the fewest minutes before it that were announced.
    add column warned_until    timestamptz,
    add column warned_minutes  integer;

-- A connection whose person lost the right to be here: it hears nothing of the room any more and closes at this instant.
alter table connections add column closes_at timestamptz;

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

alter table deadlines drop constraint deadlines_kind_check;
alter table deadlines add constraint deadlines_kind_check
    check (kind in ('lobby', 'end', 'held-end', 'leave', 'forget', 'permit-warn-5', 'permit-warn-1', 'permit-end'));
