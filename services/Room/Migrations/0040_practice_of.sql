-- Whose practice a row belongs to, by its id: for the audit record, and for the work that an operator of one practice sees. It reads past row-level
-- security, and answers a practice's name alone.
create or replace function practice_of(id uuid) returns text language sql stable security definer set search_path = public as $$
    select case when $1 is not null then coalesce(
        (select s.practice from sessions s where s.session_id = $1),
        (select s.practice from sessions s where s.group_id = $1 limit 1),
        (select min(s.practice) from participants p join sessions s using (session_id) where p.account_id = $1 having count(distinct s.practice) = 1)) end
$$;
