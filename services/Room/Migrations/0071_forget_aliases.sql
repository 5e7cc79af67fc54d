-- Retention: when a session's key is destroyed, the names that its members went by leave the log too. Facilitators' names are public and stay.
create function forget_aliases(p_session uuid, p_name text) returns void language plpgsql security definer set search_path = public as $$
declare
    mine record;
    named text;
begin
    for mine in select p.participant_id from participants p where p.session_id = p_session and p.role = 'member' loop
        -- Names differ within a room, so that a name in an event's data is this person's.
        for named in select distinct n from (
            select e.by_alias as n from room_events e where e.session_id = p_session and e.by_id = mine.participant_id and e.by_alias is not null
            union select (e.data::jsonb ->> 'alias') from room_events e where e.session_id = p_session
                and e.data is not null and e.data::jsonb ->> 'participantId' = mine.participant_id::text and e.data::jsonb ? 'alias') names
        loop
            update room_events set data = replace(data, '"alias":' || to_json(named)::text, '"alias":' || to_json(p_name)::text)
            where session_id = p_session and data is not null and position('"alias":' || to_json(named)::text in data) > 0;
        end loop;
        update room_events set by_alias = p_name where session_id = p_session and by_id = mine.participant_id and by_alias is distinct from p_name;
    end loop;
end $$;
revoke execute on function forget_aliases(uuid, text) from public;
grant execute on function forget_aliases(uuid, text) to ${app};

-- Revocations are kept for as long as a token of the sign-in could still be shown.
create index revoked_sign_ins_by_time on revoked_sign_ins (revoked_at);
