-- New members may begin with it. True for sessions that were reported before this was.
alter table sessions add admits_new boolean not null default true;

-- No facilitator may lead it as it stands, as Scheduling said last and when.
alter table sessions add uncovered boolean not null default false;
alter table sessions add uncovered_at timestamptz;

-- Sessions that a confirmed seat is for: from the first on with which new members may begin. A cancelled session counts for those who would have begun with it.
create view seat_sessions as
select e.id as enrollment_id, e.member_id, e.confirmed_at, e.ended_at, s.id as session_id
from enrollments e join sessions s on s.group_id = e.group_id
where e.confirmed_at is not null and s.ends_at > e.confirmed_at
  and (s.admits_new or s.starts_at >= coalesce((
       select min(a.starts_at) from sessions a
       where a.group_id = e.group_id and a.admits_new and not a.cancelled and a.ends_at > e.confirmed_at), '-infinity'));
grant select on seat_sessions to ${app};
