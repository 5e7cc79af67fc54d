-- Members who said beforehand, in Scheduling, that they will not come. No foreign key: the report may come before the session is known here.
create table absences (
    session_id uuid    not null,
    member_id  uuid    not null,
    absent     boolean not null,
    version    bigint  not null,
    primary key (session_id, member_id)
);
