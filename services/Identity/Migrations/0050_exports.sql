-- Copies of everything that is held of a person, collected by any gateway and found by every one: sealed, for ten minutes, one at a time.
create table exports (
    id            uuid        primary key,
    account_id    uuid        not null unique references accounts (id) on delete cascade,
    sign_in_id    uuid        not null,
    asked_at      timestamptz not null,
    expires_at    timestamptz not null,
    claimed_until timestamptz,
    failed        boolean     not null default false,
    content       bytea
);

-- again: the person was to prove themselves anew at the provider.
alter table external_sign_ins add column again boolean not null default false;
