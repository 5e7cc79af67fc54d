-- Whether a member could join a coming session from home, and whether a whole seat is in doubt, as Enrollment said last.
create table eligibility (
    enrollment_id uuid    not null,
    session_id    uuid    not null,
    member_id     uuid    not null,
    lets_in       boolean not null,
    version       bigint  not null,
    primary key (enrollment_id, session_id)
);
create index eligibility_by_member on eligibility (member_id);

create table seats_at_risk (
    enrollment_id uuid    primary key,
    member_id     uuid    not null,
    at_risk       boolean not null,
    version       bigint  not null
);
create index seats_at_risk_by_member on seats_at_risk (member_id);
