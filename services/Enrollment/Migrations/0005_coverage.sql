-- Who may serve the members of a group where they live. What a coverage depends on marks it due by itself, so that no writer can forget it.

alter table planned_sessions add column time_zone text;
comment on column planned_sessions.time_zone is 'Whose calendar says which week a session is in; null where nobody has told it; UTC counts then.';

create table coverage (
    group_id uuid   primary key,
    version  bigint not null default 0,
    digest   text   not null default ''
);
comment on table coverage is 'What was told of a group last. The row is also the lock under which its coverage is worked out.';

-- Marks are only added, and taken away by the worker that has the group's row of coverage: nobody who writes waits for anybody here.
create table coverage_due (
    id       bigint      generated always as identity primary key,
    group_id uuid,
    practice text,
    due_at   timestamptz not null
);
comment on column coverage_due.group_id is 'Null: every open group of the practice, and without a practice every open group.';
create index coverage_due_by_time on coverage_due (due_at);
create index coverage_due_of_a_group on coverage_due (group_id);

create function coverage_follows_groups() returns trigger language plpgsql as $$
begin
    insert into coverage (group_id) values (new.group_id) on conflict do nothing;
    insert into coverage_due (group_id, due_at) values (new.group_id, '-infinity');
    return null;
end $$;
create trigger coverage_follows_new_groups after insert on seat_groups
    for each row execute function coverage_follows_groups();
create trigger coverage_follows_changed_groups after update on seat_groups
    for each row when (new.group_version <> old.group_version) execute function coverage_follows_groups();

create function coverage_follows_stays() returns trigger language plpgsql as $$
begin
    insert into coverage_due (group_id, due_at) values (new.group_id, '-infinity');
    return null;
end $$;
create trigger coverage_follows_new_stays after insert on enrollments
    for each row when (new.status = 'enrolled') execute function coverage_follows_stays();
create trigger coverage_follows_stays after update of status on enrollments
    for each row when ((new.status = 'enrolled') <> (old.status = 'enrolled')) execute function coverage_follows_stays();

-- A stay that is about to be confirmed by somebody else counts too: it may be by the time this commits.
create function coverage_follows_residences() returns trigger language plpgsql as $$
begin
    insert into coverage_due (group_id, due_at) select distinct group_id, '-infinity'::timestamptz from enrollments where member_id = new.member_id and status <> 'ended';
    return null;
end $$;
create trigger coverage_follows_residences after insert on residences
    for each row execute function coverage_follows_residences();

-- In person some routes are closed, so the first session of a kind matters.
create function coverage_follows_modalities() returns trigger language plpgsql as $$
begin
    if not exists (select 1 from planned_sessions where group_id = new.group_id and modality = new.modality and session_id <> new.session_id) then
        insert into coverage_due (group_id, due_at) values (new.group_id, '-infinity');
    end if;
    return null;
end $$;
create trigger coverage_follows_modalities after insert or update of modality on planned_sessions
    for each row execute function coverage_follows_modalities();

create function coverage_follows_facilitator(facilitator uuid, theirs text[]) returns void language sql as $$
    insert into coverage_due (practice, due_at) select practice, '-infinity' from unnest(theirs) practice;
    insert into coverage_due (group_id, due_at) select group_id, '-infinity' from seat_groups
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
    insert into coverage_due (due_at) values ('-infinity');
    return null;
end $$;
create trigger coverage_follows_seeded_rules after insert on rule_sets
    for each row when (new.status = 'published') execute function coverage_follows_rules();
create trigger coverage_follows_publications after update of status on rule_sets
    for each row when (new.status <> old.status and 'published' in (new.status, old.status)) execute function coverage_follows_rules();
create trigger coverage_follows_withdrawals after insert on rule_set_withdrawals
    for each row when (new.step = 'carried_out') execute function coverage_follows_rules();

insert into coverage (group_id) select group_id from seat_groups;
insert into coverage_due (group_id, due_at) select group_id, '-infinity' from seat_groups;
