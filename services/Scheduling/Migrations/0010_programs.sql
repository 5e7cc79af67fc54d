-- Programs of a practice, to begin groups with. A version is never changed; a group has its own copy and names the version that it began with.
create table programs (
    id         uuid        primary key,
    practice   text        not null references practices (id),
    version    bigint      not null check (version > 0),
    created_at timestamptz not null
);
create index programs_by_practice on programs (practice, id);

create table program_versions (
    program_id uuid        not null references programs (id),
    version    bigint      not null check (version > 0),
    title      text        not null,
    topic      text        not null,
    weeks      jsonb       not null,
    made_by    uuid        not null,
    made_at    timestamptz not null,
    primary key (program_id, version)
);
revoke update, delete on program_versions from ${app};

alter table groups add column program_id uuid references programs (id), add column program_version bigint;
