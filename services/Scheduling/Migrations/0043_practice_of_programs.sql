-- As 0040, with programs and holidays.
create or replace function practice_of(id uuid) returns text language sql stable security definer set search_path = public as $$
    select case when $1 is not null then coalesce(
        (select g.practice from groups g where g.id = $1),
        (select g.practice from sessions s join groups g on g.id = s.group_id where s.id = $1),
        (select p.practice from programs p where p.id = $1),
        (select h.practice from holidays h where h.id = $1),
        (select f.practices[1] from facilitators f where f.id = $1 and cardinality(f.practices) = 1)) end
$$;
