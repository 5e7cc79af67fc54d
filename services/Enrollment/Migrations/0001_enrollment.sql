-- Members, seats, licensing decisions, permits and coverage. Scheduled work is rows of due_work, which Platforms migration makes.

-- Who members are and where they live. A residence is never overwritten: the row recorded last is the one in force.

create table members (
    id                uuid        primary key,
    legal_name        text        not null,
    date_of_birth     date        not null,
    phone             text        not null,
    time_zone         text,
    language          text,
    contact_name      text        not null,
    contact_phone     text        not null,
    contact_relation  text        not null,
    updated_at        timestamptz not null
);

create table residences (
    id           uuid        primary key,
    member_id    uuid        not null,
    jurisdiction text        not null,
    since        date,
    line1        text,
    city         text,
    state        text,
    postal_code  text,
    postal_state text,
    country      text,
    evidence     text,
    recorded_at  timestamptz not null,
    recorded_by  text        not null
);
create index residences_of_a_member on residences (member_id, recorded_at desc, id desc);
create trigger residences_are_append_only before update or delete or truncate on residences
    for each statement execute function refuse_change();
revoke update, delete, truncate on residences from ${app};

create table facilitators (
    id           uuid        primary key,
    display_name text        not null,
    profession   text        not null,
    location     text        not null,
    practices    text[]      not null,
    version      bigint      not null,
    updated_at   timestamptz not null
);

-- A credential's versions; the greatest is in force, the others are its history.
create table credentials (
    id             uuid        not null,
    version        integer     not null check (version > 0),
    facilitator_id uuid        not null references facilitators (id),
    kind           text        not null,
    jurisdiction   text        not null,
    type           text,
    status         text        not null,
    valid_from     date        not null,
    valid_to       date        not null,
    encumbered     boolean     not null,
    compact        text,
    home_state     text,
    evidence       text,
    recorded_at    timestamptz not null,
    recorded_by    text        not null,
    primary key (id, version),
    constraint credentials_end_after_they_begin check (valid_to >= valid_from)
);
create index credentials_of_a_facilitator on credentials (facilitator_id);
create trigger credentials_are_append_only before update or delete or truncate on credentials
    for each statement execute function refuse_change();
revoke update, delete, truncate on credentials from ${app};

-- Groups as Scheduling published them, their seats, and who has one.

create table seat_groups (
    group_id       uuid        primary key,
    practice       text        not null,
    name           text,
    service_class  text        not null,
    minimum_age    integer     not null,
    part2          boolean     not null,
    intake_first   boolean     not null,
    lead_id        uuid        not null,
    co_ids         uuid[]      not null,
    series_ends_at timestamptz,
    closed         boolean     not null,
    group_version  bigint      not null,
    capacity       integer     not null check (capacity > 0),
    taken          integer     not null default 0 check (taken >= 0),
    version        bigint      not null default 1
);

-- Capacity lowered below the number seated puts nobody out, so a plain check cannot say it: a seat may not be *taken* beyond capacity.
create function seats_are_never_oversold() returns trigger language plpgsql as $$
begin
    raise exception 'no seat left in group %', new.group_id using errcode = 'check_violation', constraint = 'seats_are_never_oversold';
end $$;
create trigger seats_are_never_oversold before update on seat_groups
    for each row when (new.taken > old.taken and new.taken > new.capacity) execute function seats_are_never_oversold();

create table planned_sessions (
    session_id uuid        primary key,
    group_id   uuid        not null,
    starts_at  timestamptz not null,
    ends_at    timestamptz not null,
    time_zone  text,
    modality   text        not null,
    lead_id    uuid        not null,
    co_ids     uuid[]      not null,
    cancelled  boolean     not null,
    version    bigint      not null
);
comment on column planned_sessions.time_zone is 'Whose calendar says which week a session is in; UTC where it is not known.';
create index planned_sessions_of_a_group on planned_sessions (group_id, starts_at);

create sequence waitlist_order;

-- One row per enrollment: coming back is a new row.
create table enrollments (
    id               uuid        primary key,
    group_id         uuid        not null references seat_groups (group_id),
    member_id        uuid        not null,
    status           text        not null check (status in ('reserved', 'enrolled', 'waitlisted', 'offered', 'held', 'ended')),
    seat_held_until  timestamptz,
    offer_expires_at timestamptz,
    waitlist_order   bigint      not null default nextval('waitlist_order'),
    passed_until     timestamptz,
    end_reason       text,
    note             text,
    decision_id      uuid        not null,
    standing_decision_id uuid,
    grace_until      timestamptz,
    review_since     timestamptz,
    created_at       timestamptz not null,
    changed_at       timestamptz not null,
    version          bigint      not null default 1,
    constraint a_reservation_has_a_deadline check (status <> 'reserved' or seat_held_until is not null),
    constraint an_offer_has_a_deadline check (status <> 'offered' or offer_expires_at is not null),
    constraint an_end_has_a_reason check (status <> 'ended' or end_reason is not null)
);
comment on column enrollments.note is 'Why, in the words of the member who left or the operator who released or refused a held case. Only operators see it.';
comment on column enrollments.decision_id is 'The decision under which the enrollment has its status; once enrolled, for ever that of the confirmation.';
comment on column enrollments.standing_decision_id is 'The latest other decision about an enrolled member; null while that of the confirmation holds.';
comment on column enrollments.grace_until is 'While enrolled: the rules deny it, and the seat is kept until then.';
comment on column enrollments.review_since is 'While enrolled: it became unclear then, and an operator must look.';
create unique index one_live_seat_per_member on enrollments (group_id, member_id) where status <> 'ended';
create index waitlist_of_a_group on enrollments (group_id, waitlist_order) where status = 'waitlisted';
create index enrollments_of_a_member on enrollments (member_id);
create index unconfirmed_of_a_member on enrollments (member_id) where status in ('reserved', 'offered');
create index enrollments_under_review on enrollments (id) where status = 'enrolled' and review_since is not null;

create table consent_documents (
    document text    not null,
    version  integer not null,
    title    text    not null,
    text     text    not null,
    current  boolean not null,
    primary key (document, version)
);
create unique index one_current_version_per_document on consent_documents (document) where current;

create table consents (
    enrollment_id uuid        not null references enrollments (id),
    member_id     uuid        not null,
    document      text        not null,
    version       integer     not null,
    given_at      timestamptz not null,
    primary key (enrollment_id, document, version),
    foreign key (document, version) references consent_documents (document, version)
);
create trigger consents_are_append_only before update or delete or truncate on consents
    for each statement execute function refuse_change();
revoke update, delete, truncate on consents from ${app};
revoke insert, update, delete, truncate on consent_documents from ${app};

-- That somebody of the practice has spoken with this person before the first group.
create table intakes (
    id          uuid        primary key,
    member_id   uuid        not null,
    practice    text        not null,
    done_on     date        not null,
    note        text,
    recorded_at timestamptz not null,
    recorded_by text        not null
);
create index intakes_of_a_member on intakes (member_id, practice);
create trigger intakes_are_append_only before update or delete or truncate on intakes
    for each statement execute function refuse_change();
revoke update, delete, truncate on intakes from ${app};

-- Every step of every member on a waitlist.
create table waitlist_log (
    id            bigint      generated always as identity primary key,
    group_id      uuid        not null,
    enrollment_id uuid        not null,
    member_id     uuid        not null,
    at            timestamptz not null,
    who           text        not null,
    what          text        not null check (what in ('joined', 'held', 'released', 'offered', 'passed-over', 'offer-expired', 'confirmed', 'left')),
    code          text,
    decision_id   uuid
);
comment on column waitlist_log.code is 'passed-over: not-eligible, unclear or unconfirmed (two other seats wait for the member''s confirmation). left: as end_reason. held: unclear or intake.';
create index waitlist_log_of_a_group on waitlist_log (group_id, id);
create trigger waitlist_log_is_append_only before update or delete or truncate on waitlist_log
    for each statement execute function refuse_change();
revoke update, delete, truncate on waitlist_log from ${app};

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
    revision       integer     not null default 1,
    editors        uuid[]      not null default '{}',
    retroactive    boolean     not null default false,
    created_at     timestamptz not null,
    constraint a_publication_takes_two check (reviewer is null or reviewer <> author),
    constraint nobody_publishes_what_they_wrote check (reviewer is null or reviewer <> all (editors)),
    constraint a_published_rule_set_has_a_beginning check (status <> 'published' or (effective_from is not null and published_at is not null))
);
comment on column rule_sets.editors is 'Everybody who wrote in it, the author among them: none of them may publish it.';
comment on column rule_sets.retroactive is 'Published with a beginning in the past, on purpose.';
create function published_rule_sets_do_not_change() returns trigger language plpgsql as $$
begin
    raise exception 'rule set % is published and does not change', old.version using errcode = 'insufficient_privilege';
end $$;
create trigger published_rule_sets_do_not_change before update or delete on rule_sets
    for each row when (old.status = 'published') execute function published_rule_sets_do_not_change();
revoke delete, truncate on rule_sets from ${app};

-- What was submitted is what is reviewed and published; no rule set is ever deleted, and none that is over changes.
create function a_rule_set_is_written_as_a_draft() returns trigger language plpgsql as $$
begin
    raise exception 'rule set % is no draft any more', old.version using errcode = 'insufficient_privilege';
end $$;
create trigger a_rule_set_is_written_as_a_draft before update on rule_sets
    for each row when (old.status <> 'draft' and (new.document, new.sha256, new.version, new.author, new.editors) is distinct from (old.document, old.sha256, old.version, old.author, old.editors))
    execute function a_rule_set_is_written_as_a_draft();
create trigger withdrawn_rule_sets_do_not_change before update on rule_sets
    for each row when (old.status = 'withdrawn') execute function refuse_change();
create trigger rule_sets_are_kept before delete or truncate on rule_sets
    for each statement execute function refuse_change();

-- A published rule set does not change, so its end is written beside it: one operator asks, another one carries it out.
create table rule_set_withdrawals (
    version      integer     not null references rule_sets (version),
    step         text        not null check (step in ('requested', 'carried_out')),
    by_account   uuid        not null,
    requested_by uuid,
    reason       text        not null,
    at           timestamptz not null,
    primary key (version, step),
    constraint carrying_out_names_who_asked check ((step = 'carried_out') = (requested_by is not null)),
    constraint a_withdrawal_takes_two check (requested_by is null or requested_by <> by_account)
);
create trigger rule_set_withdrawals_are_append_only before update or delete or truncate on rule_set_withdrawals
    for each statement execute function refuse_change();
revoke update, delete, truncate on rule_set_withdrawals from ${app};

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
create index decisions_by_time on decisions (at, id);
create trigger decisions_are_append_only before update or delete or truncate on decisions
    for each statement execute function refuse_change();
revoke update, delete, truncate on decisions from ${app};

-- What Room may answer to a member who joins, per enrollment and session.
create table permits (
    id            uuid        primary key,
    enrollment_id uuid        not null references enrollments (id),
    session_id    uuid        not null,
    version       bigint      not null,
    withdrawn     boolean     not null,
    digest        text        not null,
    lets_in       boolean,
    unique (enrollment_id, session_id)
);
comment on column permits.lets_in is 'Whether it lets the member in from home, so that a change of it can be told.';

-- The inputs behind each version of a permit, so that a join answered from it can be decided again.
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

-- Who may serve the members of a group where they live. What a coverage depends on marks it due by itself, so that no writer can forget it.

create table coverage (
    group_id uuid   primary key,
    version  bigint not null default 0,
    digest   text   not null default ''
);
comment on table coverage is 'What was published of a group last. The row is also the lock under which its coverage is recomputed.';

-- Marks are due work with a key of their own each, so that no transaction that changes a fact waits for another one here.
create sequence coverage_marks;
create function mark_coverage(of_group uuid) returns void language sql as $$
    insert into due_work (kind, key, due_at, next_attempt_at) values ('coverage.recompute', of_group || '/' || nextval('coverage_marks'), 'epoch', 'epoch');
$$;
create function mark_coverage_of_practice(of_practice text) returns void language sql as $$
    insert into due_work (kind, key, due_at, next_attempt_at, data) values ('coverage.spread', nextval('coverage_marks')::text, 'epoch', 'epoch', of_practice);
$$;
comment on function mark_coverage_of_practice is 'Every open group of the practice; without a practice every open group.';

create function coverage_follows_groups() returns trigger language plpgsql as $$
begin
    insert into coverage (group_id) values (new.group_id) on conflict do nothing;
    perform mark_coverage(new.group_id);
    return null;
end $$;
create trigger coverage_follows_new_groups after insert on seat_groups
    for each row execute function coverage_follows_groups();
create trigger coverage_follows_changed_groups after update on seat_groups
    for each row when (new.group_version <> old.group_version) execute function coverage_follows_groups();

create function coverage_follows_enrollments() returns trigger language plpgsql as $$
begin
    perform mark_coverage(new.group_id);
    return null;
end $$;
create trigger coverage_follows_new_enrollments after insert on enrollments
    for each row when (new.status = 'enrolled') execute function coverage_follows_enrollments();
create trigger coverage_follows_enrollments after update of status on enrollments
    for each row when ((new.status = 'enrolled') <> (old.status = 'enrolled')) execute function coverage_follows_enrollments();

-- An enrollment that a concurrent transaction is about to confirm counts too.
create function coverage_follows_residences() returns trigger language plpgsql as $$
begin
    perform mark_coverage(group_id) from (select distinct group_id from enrollments where member_id = new.member_id and status <> 'ended') g;
    return null;
end $$;
create trigger coverage_follows_residences after insert on residences
    for each row execute function coverage_follows_residences();

-- In person some routes are closed, so the first session of a kind matters.
create function coverage_follows_modalities() returns trigger language plpgsql as $$
begin
    if not exists (select 1 from planned_sessions where group_id = new.group_id and modality = new.modality and session_id <> new.session_id) then
        perform mark_coverage(new.group_id);
    end if;
    return null;
end $$;
create trigger coverage_follows_modalities after insert or update of modality on planned_sessions
    for each row execute function coverage_follows_modalities();

create function coverage_follows_facilitator(facilitator uuid, theirs text[]) returns void language sql as $$
    select mark_coverage_of_practice(practice) from unnest(theirs) practice;
    select mark_coverage(group_id) from seat_groups
    where not closed and practice <> all (theirs) and (lead_id = facilitator or facilitator = any (co_ids));
$$;
create function coverage_follows_facilitators() returns trigger language plpgsql as $$
begin
    perform coverage_follows_facilitator(new.id, case when tg_op = 'UPDATE' then new.practices || old.practices else new.practices end);
    return null;
end $$;
create trigger coverage_follows_new_facilitators after insert on facilitators
    for each row execute function coverage_follows_facilitators();
create trigger coverage_follows_facilitators after update on facilitators
    for each row when ((new.profession, new.location, new.practices) is distinct from (old.profession, old.location, old.practices)) execute function coverage_follows_facilitators();
create function coverage_follows_credentials() returns trigger language plpgsql as $$
begin
    perform coverage_follows_facilitator(id, practices) from facilitators where id = new.facilitator_id;
    return null;
end $$;
create trigger coverage_follows_credentials after insert on credentials
    for each row execute function coverage_follows_credentials();

create function coverage_follows_rules() returns trigger language plpgsql as $$
begin
    perform mark_coverage_of_practice(null);
    return null;
end $$;
create trigger coverage_follows_seeded_rules after insert on rule_sets
    for each row when (new.status = 'published') execute function coverage_follows_rules();
create trigger coverage_follows_publications after update of status on rule_sets
    for each row when (new.status <> old.status and 'published' in (new.status, old.status)) execute function coverage_follows_rules();
create trigger coverage_follows_withdrawals after insert on rule_set_withdrawals
    for each row when (new.step = 'carried_out') execute function coverage_follows_rules();

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

-- The consent texts in force.
insert into consent_documents (document, version, title, text, current) values
('telehealth', 1, 'Meeting by video',
 'Our group meets by video. Video can fail, and it is not right for an emergency: in one, call 911, or call or text 988. I will say where I am each time I join, because the law looks at where I am during the session. I can stop at any time.', true),
('group-confidentiality', 1, 'What is said here stays here',
 'I will not tell anybody outside who is in the group or what they said. The facilitator keeps the same confidence, with the exceptions the law makes for danger to somebody. I join from a place where nobody else can listen.', true),
('no-recording', 1, 'Nothing is recorded',
 'I will not record, photograph or capture any part of a session, and I will not let anybody or any program do it for me. Nothing is recorded by the practice either.', true),
('group-rules', 1, 'How we treat each other',
 'I come on time, I speak for myself, I let others finish, and I respect who they are. The facilitator may mute somebody, ask somebody to wait, or remove somebody so that the group stays safe.', true),
('part-2', 1, 'Records of substance use treatment',
 'Records of this group are protected by 42 CFR Part 2. I agree that the practice may use them for my treatment, for payment and for its own operations. I can take this back in writing at any time; what was shared before cannot be unshared.', true);
