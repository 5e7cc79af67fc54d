-- Whose practice a row belongs to, by its id: for the audit record, and for the work that an operator of one practice sees. It reads past row-level
-- security, and answers a practice's name alone.
create or replace function practice_of(id uuid) returns text language sql stable security definer set search_path = public as $$
    select case when $1 is not null then coalesce(
        (select i.practice from invitations i where i.id = $1),
        (select min(m.practice) from memberships m where m.account_id = $1 having count(distinct m.practice) = 1),
        (select min(m.practice) from sign_ins s join memberships m using (account_id) where s.id = $1 having count(distinct m.practice) = 1)) end
$$;
