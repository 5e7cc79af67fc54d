create table due_work (
    kind            text        not null,
    key             text        not null,
    due_at          timestamptz not null,
    next_attempt_at timestamptz not null,
    attempts        integer     not null default 0,
    version         bigint      not null default 1,
    last_error      text,
    data            text,
    primary key (kind, key)
);
create index due_work_by_time on due_work (next_attempt_at);
