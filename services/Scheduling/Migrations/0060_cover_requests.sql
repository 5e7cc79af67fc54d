-- A facilitator may ask that somebody else leads a session.
alter table uncovered_sessions drop constraint uncovered_sessions_cause_check,
    add constraint uncovered_sessions_cause_check check (cause in ('away', 'no-cover', 'left', 'asked'));
create index held_rooms on session_phases (session_id) where phase = 'held';
