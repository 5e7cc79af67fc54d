-- Persons who want to be erased: what each service erased and keeps. It stays as the proof, under ids alone.
create table erasures (
    id           uuid        primary key,
    account_id   uuid        not null unique,
    asked_at     timestamptz not null,
    receipt_hash bytea       not null unique check (length(receipt_hash) = 32),
    done_at      timestamptz
);
create table erasure_parts (
    erasure_id uuid        not null references erasures (id),
    service    text        not null,
    erased     text        not null,
    kept       text        not null,
    at         timestamptz not null,
    primary key (erasure_id, service)
);
