-- Whose practice an entry belongs to, from where it was caused, and in which trace. Null practice: of no practice alone.
alter table audit_entries add column practice text, add column source text, add column trace text;
create index audit_entries_by_practice on audit_entries (practice, id);

-- The practice that owns the row with this id, null for none or several. Each service replaces it with its own tables.
create function practice_of(id uuid) returns text language sql stable as $$ select null::text $$;

-- What the writer did not say is read off what the entry is about, so that no writer can forget it.
create function audit_entry_knows_its_practice() returns trigger language plpgsql as $$
begin
    new.practice := coalesce(new.data::jsonb ->> 'practice', practice_of(new.ref), practice_of(new.subject));
    return new;
end $$;
create trigger audit_entries_know_their_practice before insert on audit_entries
    for each row when (new.practice is null) execute function audit_entry_knows_its_practice();

-- The second net (decision 0032): in a transaction that a person's request opened, only the entries of their practices and those about themselves are there.
-- No setting: the service's own work, which links and verifies all of them.
alter table audit_entries enable row level security;
create policy entries_are_written on audit_entries for insert with check (true);
create policy entries_of_my_practices on audit_entries for select using (
    coalesce(current_setting('gt.account', true), '') = '' or practice = any(string_to_array(current_setting('gt.practices', true), ' '))
    or subject::text = current_setting('gt.account', true) or who = 'account:' || current_setting('gt.account', true));
