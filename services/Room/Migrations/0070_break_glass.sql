-- Break-glass access: a facilitator or operator of a practice who does not lead a group reaches a member of it in danger, for an hour, with a reason.
-- The reason is sealed with a key of its own, wrapped like those of sessions. Only that wrapping ever changes.
create table break_glass_openings (
    opening_id  uuid        primary key,
    practice    text        not null,
    group_id    uuid        not null,
    by_account  uuid        not null,
    by_role     text        not null check (by_role in ('facilitator', 'operator')),
    reason      bytea       not null,
    wrapped_key bytea       not null,
    at          timestamptz not null,
    until       timestamptz not null check (until > at)
);
create index break_glass_openings_of_a_person on break_glass_openings (by_account, at);
create index break_glass_openings_of_a_practice on break_glass_openings (practice, at desc, opening_id desc);
revoke update, delete, truncate on break_glass_openings from ${app};
grant update (wrapped_key) on break_glass_openings to ${app};

-- The second net between practices (decision 0032).
alter table break_glass_openings enable row level security;
create policy openings_are_written on break_glass_openings for insert with check (true);
create policy openings_of_my_practices on break_glass_openings for select using (
    coalesce(current_setting('gt.account', true), '') = '' or practice = any(string_to_array(current_setting('gt.practices', true), ' ')));
create policy openings_are_wrapped_anew on break_glass_openings for update using (coalesce(current_setting('gt.account', true), '') = '');

-- Disclosures under an opening. The member reads them once its hour is over, whether or not a session runs.
alter table disclosures add column opening_id uuid, add column by_role text, add column shown_from timestamptz;
create index disclosures_of_an_opening on disclosures (opening_id) where opening_id is not null;
