-- Ended sign-ins and expired invitations go with the other traces, each hour, and no longer by a row of scheduled work each.
delete from due_work where kind in ('sign-in.remove', 'invitation.remove');
create index invitations_by_end on invitations (expires_at);
