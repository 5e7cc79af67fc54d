-- Operators work on rule sets: drafts, two people, publication ahead of time, withdrawal.

alter table rule_sets
    add column revision    integer not null default 1,
    add column editors     uuid[]  not null default '{}',
    add column retroactive boolean not null default false,
    add constraint nobody_publishes_what_they_wrote check (reviewer is null or reviewer <> all (editors));
comment on column rule_sets.editors is 'Everybody who wrote in it, the author among them: none of them may publish it.';
comment on column rule_sets.retroactive is 'Published with a beginning in the past, on purpose.';

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

-- Every stay must be looked at again from an instant on. Done in small steps by a worker, so that a publication holds no rows of enrolments.
create table permit_sweeps (
    id      bigint generated always as identity primary key,
    due_at  timestamptz not null,
    reached uuid
);
comment on column permit_sweeps.reached is 'Stays up to this id are done.';

-- What the member's own residence comes to, so that a change of it can be told.
alter table permits add column lets_in boolean;

create index decisions_by_time on decisions (at, id);
