-- Licensing decisions with everything needed to make them again. Kept at least 6 years (45 CFR 164.316).

create table rule_sets (
    version        integer     primary key,
    sha256         text        not null,
    document       text        not null,
    status         text        not null check (status in ('draft', 'in_review', 'published', 'withdrawn')),
    effective_from timestamptz,
    published_at   timestamptz,
    author         uuid,
    reviewer       uuid,
    note           text,
    created_at     timestamptz not null,
    constraint a_publication_takes_two check (reviewer is null or reviewer <> author),
    constraint a_published_rule_set_has_a_beginning check (status <> 'published' or (effective_from is not null and published_at is not null))
);
create function published_rule_sets_do_not_change() returns trigger language plpgsql as $$
begin
    raise exception 'rule set % is published and does not change', old.version using errcode = 'insufficient_privilege';
end $$;
create trigger published_rule_sets_do_not_change before update or delete on rule_sets
    for each row when (old.status = 'published') execute function published_rule_sets_do_not_change();
revoke delete, truncate on rule_sets from ${app};

create table decisions (
    id             uuid        primary key,
    point          text        not null,
    at             timestamptz not null,
    practice       text        not null,
    member_id      uuid        not null,
    group_id       uuid,
    session_id     uuid,
    enrollment_id  uuid,
    rule_set       integer     not null references rule_sets (version),
    inputs         text        not null,
    answer         text        not null,
    outcome        text        not null,
    told           text,
    recorded_at    timestamptz not null
);
comment on column decisions.told is 'For joins: outcome and codes as Room told them, when they differ from the answer computed here.';
create index decisions_of_a_member on decisions (member_id, id);
create index decisions_of_a_group on decisions (group_id, id);
create index decisions_of_a_session on decisions (session_id, id);
create trigger decisions_are_append_only before update or delete or truncate on decisions
    for each statement execute function refuse_change();
revoke update, delete, truncate on decisions from ${app};

-- What Room may answer at the door, per enrolment and session.
create table permits (
    id            uuid        primary key,
    enrollment_id uuid        not null references enrollments (id),
    session_id    uuid        not null,
    version       bigint      not null,
    withdrawn     boolean     not null,
    digest        text        not null,
    unique (enrollment_id, session_id)
);

-- The inputs behind each version of a permit, so that a join told from it can be decided again.
create table permit_inputs (
    permit_id   uuid        not null references permits (id),
    version     bigint      not null,
    rule_set    integer     not null references rule_sets (version),
    inputs      text        not null,
    computed_at timestamptz not null,
    primary key (permit_id, version)
);
create trigger permit_inputs_are_append_only before update or delete or truncate on permit_inputs
    for each statement execute function refuse_change();
revoke update, delete, truncate on permit_inputs from ${app};

-- Enrolments whose permits must be looked at again, and when.
create table permits_due (
    enrollment_id uuid        primary key references enrollments (id),
    due_at        timestamptz not null
);
create index permits_due_by_time on permits_due (due_at);
