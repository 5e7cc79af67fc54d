-- Reasons are read by session, in the order they were given.
create index moderation_notes_by_session on moderation_notes (session_id, at, note_id);
