-- Where a group's members live and who may serve them there, as Enrollment told it last: what substitutes are ranked by.
create table coverages (
    group_id     uuid   primary key,
    members      jsonb  not null,
    facilitators jsonb  not null,
    version      bigint not null
);
comment on column coverages.members is 'Counts by place, never names.';
comment on column coverages.facilitators is 'Per facilitator the places served, each with from and until.';

-- The last loss of a facilitator for which substitutes were sought, by the version of the session's phases: one search per loss.
create table substitute_searches (
    session_id uuid        primary key,
    version    bigint      not null,
    sought_at  timestamptz not null
);
