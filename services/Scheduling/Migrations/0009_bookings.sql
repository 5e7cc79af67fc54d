-- Individual sessions that members book by themselves: a group of one seat, hidden from the catalogue.
alter table groups add column booked_by uuid;
create index groups_by_booker on groups (booked_by) where booked_by is not null;

-- Sessions to come that no facilitator may lead, as far as is known.
create table uncovered_sessions (
    session_id uuid        primary key references sessions (id),
    cause      text        not null check (cause in ('away', 'no-cover', 'left')),
    since      timestamptz not null
);

-- Whether a session with too few members takes place: asked once.
create table quorum_questions (
    session_id  uuid        primary key references sessions (id),
    expected    integer     not null,
    minimum     integer     not null,
    asked_at    timestamptz not null,
    answer_by   timestamptz not null,
    takes_place boolean,
    decided_at  timestamptz,
    constraint a_decision_has_its_time check ((takes_place is null) = (decided_at is null))
);
