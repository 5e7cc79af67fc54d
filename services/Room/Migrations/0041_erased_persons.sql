-- The log of a room cannot be changed by the service. This is the one exception: what a person wrote and called themselves goes when they want to be erased,
-- in sessions that do not run. That something was said, and when, stays.
create function erase_from_rooms(p_account uuid, p_name text) returns integer language plpgsql security definer set search_path = public as $$
declare
    mine record;
    named text;
    gone integer := 0;
    changed integer;
begin
    for mine in select p.session_id, p.participant_id from participants p join sessions s using (session_id)
        where p.account_id = p_account and s.phase in ('ended', 'scheduled') loop
        update room_events set sealed = null, data = case kind
            when 'message.posted' then '{"id":"erased","text":null,"to":"everyone","hidden":true}'
            else json_build_object('participantId', mine.participant_id, 'text', null)::text end
        where session_id = mine.session_id and by_id = mine.participant_id and sealed is not null;
        get diagnostics changed = row_count;
        gone := gone + changed;
        -- Names differ within a room, so that a name in an event's data is this person's.
        for named in select distinct n from (
            select e.by_alias as n from room_events e where e.session_id = mine.session_id and e.by_id = mine.participant_id and e.by_alias is not null
            union select p.alias from participants p where p.session_id = mine.session_id and p.participant_id = mine.participant_id and p.alias is not null
            union select (e.data::jsonb ->> 'alias') from room_events e where e.session_id = mine.session_id
                and e.data is not null and e.data::jsonb ->> 'participantId' = mine.participant_id::text and e.data::jsonb ? 'alias') names
        loop
            update room_events set data = replace(data, '"alias":' || to_json(named)::text, '"alias":' || to_json(p_name)::text)
            where session_id = mine.session_id and data is not null and position('"alias":' || to_json(named)::text in data) > 0;
        end loop;
        update room_events set by_alias = p_name where session_id = mine.session_id and by_id = mine.participant_id;
    end loop;
    return gone;
end $$;
revoke execute on function erase_from_rooms(uuid, text) from public;
grant execute on function erase_from_rooms(uuid, text) to ${app};
