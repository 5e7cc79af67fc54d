-- Members who said beforehand that they will not come. A withdrawn absence stays as a row, so that versions only grow.
create table absences (
    session_id uuid        not null references sessions (id),
    member_id  uuid        not null,
    absent     boolean     not null,
    version    bigint      not null check (version > 0),
    changed_at timestamptz not null,
    primary key (session_id, member_id)
);
