-- What becomes of a stay after it was confirmed, intakes, and a line that explains itself.

alter table enrollments
    add column grace_until          timestamptz,
    add column review_since         timestamptz,
    add column standing_decision_id uuid;
comment on column enrollments.decision_id is 'The decision under which the stay is what it is; for a confirmed one that of its confirmation, for ever.';
comment on column enrollments.standing_decision_id is 'The latest decision about a confirmed stay that answered something else than the one before; null while the first still holds.';
comment on column enrollments.grace_until is 'The rules do not allow the confirmed stay any more: the seat is kept until then.';
comment on column enrollments.review_since is 'It became unclear whether the rules allow the confirmed stay: an operator must look.';

create index graces_by_deadline on enrollments (grace_until) where status = 'enrolled' and grace_until is not null;
create index stays_under_review on enrollments (id) where status = 'enrolled' and review_since is not null;
create index unconfirmed_of_a_member on enrollments (member_id) where status in ('reserved', 'offered');

-- Stays that must be decided again, and when. No foreign key: its check would lock the stay from under somebody who holds it and waits for the group.
create table stays_due (
    enrollment_id uuid        primary key,
    due_at        timestamptz not null
);
create index stays_due_by_time on stays_due (due_at);
insert into stays_due (enrollment_id, due_at) select id, 'epoch' from enrollments where status = 'enrolled';

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

-- Why whom when: every step of everybody in a line.
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
comment on column waitlist_log.code is 'passed-over: not-eligible, unclear or unconfirmed (two other seats wait for this person''s word). left: why, as the stay''s end_reason. held: unclear or intake.';
create index waitlist_log_of_a_group on waitlist_log (group_id, id);
create trigger waitlist_log_is_append_only before update or delete or truncate on waitlist_log
    for each statement execute function refuse_change();
revoke update, delete, truncate on waitlist_log from ${app};
