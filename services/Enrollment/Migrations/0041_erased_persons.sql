-- A residence is never changed by the service; its address goes when the person wants to be erased, and the jurisdiction stays with the decisions it led to.
drop trigger residences_are_append_only on residences;
create trigger residences_are_append_only before update or delete on residences
    for each statement when (current_setting('gt.erasing', true) is distinct from 'on') execute function refuse_change();
create trigger residences_are_not_truncated before truncate on residences for each statement execute function refuse_change();
revoke update, delete, truncate on residences from ${app};

create function erase_residences(p_member uuid, p_all boolean) returns integer language plpgsql security definer set search_path = public as $$
declare
    changed integer;
begin
    perform set_config('gt.erasing', 'on', true);
    if p_all then
        delete from residences where member_id = p_member;
    else
        update residences set line1 = null, city = null, postal_code = null, evidence = null where member_id = p_member;
    end if;
    get diagnostics changed = row_count;
    perform set_config('gt.erasing', '', true);
    return changed;
end $$;
revoke execute on function erase_residences(uuid, boolean) from public;
grant execute on function erase_residences(uuid, boolean) to ${app};
