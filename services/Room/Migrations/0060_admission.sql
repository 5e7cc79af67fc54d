-- Where a group admits at marked sessions, new members begin with the next one that is. Null: confirmed before this was known.
alter table sessions add column admits_new boolean not null default true;
alter table enrollments add column confirmed_at timestamptz;
create index sessions_of_group on sessions (group_id, starts_at);
