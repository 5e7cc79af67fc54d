-- Facts that others report, and what two operators decided.

-- Crises as Room opens and closes them, per session and member. What was noted stays in Room.
create table crises (
    session_id uuid        not null,
    member_id  uuid        not null,
    open       boolean     not null,
    version    bigint      not null,
    at         timestamptz not null,
    primary key (session_id, member_id)
);

-- Who worked with people where, for permits with a budget of days. A session counts for the day of its beginning, however late it ends.
create table practice_days (
    facilitator_id uuid not null,
    jurisdiction   text not null,
    day            date not null,
    zone           text not null,
    session_id     uuid not null,
    primary key (facilitator_id, jurisdiction, session_id)
);
comment on column practice_days.zone is 'Of the capital of the jurisdiction: whose calendar the day is of.';

-- Sessions that are over, with the members who were there: who was let in and never came used up no day.
create table meetings_held (
    session_id uuid        primary key,
    present    uuid[]      not null,
    ended_at   timestamptz not null
);

-- A decision of two people about one member and session. What was asked for does not change; what became of it is written beside it.
create table overrides (
    id            uuid        primary key,
    practice      text        not null,
    enrollment_id uuid        not null references enrollments (id),
    member_id     uuid        not null,
    group_id      uuid        not null,
    session_id    uuid        not null,
    point         text        not null check (point = 'join'),
    reason        text        not null,
    expires_at    timestamptz not null,
    asked_by      uuid        not null,
    asked_at      timestamptz not null,
    unique (id, asked_by),
    constraint an_override_ends_after_it_was_asked check (expires_at > asked_at)
);
create index overrides_of_a_member on overrides (member_id, session_id);
create table override_steps (
    override_id uuid        not null,
    step        text        not null check (step in ('approved', 'revoked')),
    by_account  uuid        not null,
    asked_by    uuid        not null,
    reason      text,
    at          timestamptz not null,
    primary key (override_id, step),
    foreign key (override_id, asked_by) references overrides (id, asked_by),
    constraint an_override_takes_two check (step <> 'approved' or by_account <> asked_by),
    constraint a_revocation_has_a_reason check ((step = 'revoked') = (reason is not null))
);
create trigger overrides_are_append_only before update or delete or truncate on overrides
    for each statement execute function refuse_change();
create trigger override_steps_are_append_only before update or delete or truncate on override_steps
    for each statement execute function refuse_change();
revoke update, delete, truncate on overrides, override_steps from ${app};
