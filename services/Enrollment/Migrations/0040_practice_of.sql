-- Whose practice a row belongs to, by its id: for the audit record, and for the work that an operator of one practice sees. It reads past row-level
-- security, and answers a practice's name alone.
create or replace function practice_of(id uuid) returns text language sql stable security definer set search_path = public as $$
    select case when $1 is not null then coalesce(
        (select g.practice from enrollments e join seat_groups g using (group_id) where e.id = $1),
        (select d.practice from decisions d where d.id = $1),
        (select g.practice from seat_groups g where g.group_id = $1),
        (select g.practice from planned_sessions s join seat_groups g using (group_id) where s.session_id = $1),
        (select o.practice from overrides o where o.id = $1),
        (select g.practice from permits p join enrollments e on e.id = p.enrollment_id join seat_groups g using (group_id) where p.id = $1),
        (select i.practice from intakes i where i.id = $1),
        (select f.practices[1] from facilitators f where f.id = $1 and cardinality(f.practices) = 1),
        (select f.practices[1] from credentials c join facilitators f on f.id = c.facilitator_id
            where c.id = $1 and cardinality(f.practices) = 1 limit 1),
        (select min(g.practice) from enrollments e join seat_groups g using (group_id) where e.member_id = $1 having count(distinct g.practice) = 1)) end
$$;
