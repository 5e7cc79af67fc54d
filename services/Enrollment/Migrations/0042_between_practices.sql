-- The second net between practices (decision 0032): in a transaction that a person's request opened, only rows of their practices and those about themselves
-- are there, whatever the query forgot. No setting: the service's own work, which decides for all.
do $$
declare
    protected text;
begin
    foreach protected in array array['decisions', 'intakes', 'overrides'] loop
        execute format('alter table %I enable row level security', protected);
        execute format('create policy rows_are_written on %I for insert with check (true)', protected);
        execute format(
            $policy$create policy rows_of_my_practices on %I for select using (
                coalesce(current_setting('gt.account', true), '') = '' or practice = any(string_to_array(current_setting('gt.practices', true), ' '))
                or member_id::text = current_setting('gt.account', true))$policy$, protected);
    end loop;
end $$;
