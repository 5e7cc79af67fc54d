-- Whose practice a row belongs to, by its id: for the audit record, and for the work that an operator of one practice sees.
create or replace function practice_of(id uuid) returns text language sql stable security definer set search_path = public as $$
    select case when $1 is not null then coalesce(
        (select m.practice from mails m where m.id = $1),
        (select s.practice from sessions s where s.id = $1),
        (select g.practice from groups g where g.id = $1)) end
$$;
