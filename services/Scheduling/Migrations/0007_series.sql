-- Series that change from a date on, meet every second week, skip holidays, have sessions beside them, and follow their zone when a law changes.
alter table groups
    add column interval_weeks  integer not null default 1 check (interval_weeks in (1, 2)),
    -- The rule as it is now begins on this day and has this many meetings; without an end null. starts_on stays the first day of all.
    add column anchor_on       date,
    add column anchor_meetings integer check (anchor_meetings >= 0),
    add column venue           text,
    add column admission       text not null default 'always' check (admission in ('always', 'marked', 'cohort')),
    add constraint meeting_in_person_has_a_venue check (venue is null or modality = 'in_person');
update groups set anchor_on = starts_on, anchor_meetings = weeks;
alter table groups alter column anchor_on set not null;

alter table sessions
    -- The wall clock's time that people know; what starts_at is computed from.
    add column local_start timestamp,
    -- What put it where it is: the series, a holiday, or a person. Only the first follows a change of the series.
    add column placement   text    not null default 'series' check (placement in ('series', 'holiday', 'hand')),
    -- A session beside the series.
    add column extra       boolean not null default false,
    add column admits_new  boolean not null default true;
update sessions set local_start = starts_at at time zone time_zone, placement = case when sequence > 0 and cancelled_at is null then 'hand' else 'series' end;
alter table sessions alter column local_start set not null;
alter table sessions drop constraint one_session_per_group_and_day;
create unique index one_session_per_group_and_day on sessions (group_id, local_date) where not extra;
create index sessions_to_come on sessions (starts_at) where cancelled_at is null;

create table holidays (
    id        uuid primary key,
    practice  text not null references practices (id),
    day       date not null,
    name      text not null,
    effect    text not null check (effect in ('skip', 'move')),
    -- By how many days a session is moved; 0 where it is skipped.
    move_days integer not null check (move_days between -6 and 6 and (effect = 'move') = (move_days <> 0)),
    added_at  timestamptz not null,
    constraint one_holiday_per_practice_and_day unique (practice, day)
);

-- The release of the time zone data by which sessions were placed last.
create table zone_rules (
    only_row boolean primary key default true check (only_row),
    version  text    not null
);

-- The sessions of each member: from the confirmation of the seat on, in a group with marked admission from the next session that admits on.
create view seat_sessions as
select e.id as enrollment_id, e.member_id, e.group_id, e.confirmed_at, e.ended_at, s.id as session_id
from enrollments e join sessions s on s.group_id = e.group_id join groups g on g.id = e.group_id
where e.confirmed_at is not null and s.ends_at > e.confirmed_at
  and (g.admission = 'always' or s.starts_at >= coalesce((
       select min(a.starts_at) from sessions a
       where a.group_id = g.id and a.admits_new and a.cancelled_at is null and a.ends_at > e.confirmed_at), '-infinity'));
grant select on seat_sessions to ${app};
