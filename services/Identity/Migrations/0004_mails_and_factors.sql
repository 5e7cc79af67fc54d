-- E-mail addresses that are proven, accounts that an operator disabled, second factors, known devices, and mails that wait to be sent.
alter table accounts
    add column email_confirmed_at timestamptz,
    add column disabled_at timestamptz,
    add column totp_key bytea,
    add column totp_step bigint not null default 0,
    add column language text not null default 'en' check (language in ('en', 'es')),
    add constraint a_second_factor_has_a_key check (not two_factor_enabled or totp_key is not null);

-- Who accepted an invitation, or was there before this release, has used the mailbox or would be locked out of enrolling.
update accounts set email_confirmed_at = created_at;

-- How and when a sign-in was last proven, where it is used, and since when it was idle.
alter table sign_ins
    add column methods text[] not null default '{pwd}',
    add column authenticated_at timestamptz not null default now(),
    add column last_used_at timestamptz not null default now(),
    add column device text not null default '' check (length(device) <= 100);
update sign_ins set authenticated_at = started_at, last_used_at = started_at;

-- A mail to be sent. The token is sealed until it is used or over; hash recognises it. A notice has neither.
create table mails (
    id         uuid        primary key,
    kind       text        not null,
    account_id uuid        not null references accounts (id) on delete cascade,
    address    text        not null,
    language   text        not null,
    practice   text,
    hash       bytea       check (length(hash) = 32),
    sealed     bytea,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    over_at    timestamptz,
    constraint a_token_that_is_over_cannot_be_read check (over_at is null or sealed is null)
);
create index mails_by_hash on mails (hash) where hash is not null;
create index mails_of_account on mails (account_id, kind, created_at);
create index mails_by_end on mails (expires_at);

-- Failed sign-ins of an account by where they came from; an empty source counts all places that the account does not know.
create table password_attempts (
    account_id   uuid        not null references accounts (id) on delete cascade,
    source       bytea       not null,
    failed       integer     not null check (failed >= 0),
    since        timestamptz not null,
    locked_until timestamptz,
    primary key (account_id, source)
);
create index password_attempts_by_age on password_attempts (since);

-- Browsers in which somebody has signed in to the account before.
create table known_devices (
    account_id   uuid        not null references accounts (id) on delete cascade,
    hash         bytea       not null check (length(hash) = 32),
    last_used_at timestamptz not null,
    primary key (account_id, hash)
);

create table passkeys (
    credential_id bytea primary key check (length(credential_id) <= 1024),
    account_id    uuid  not null references accounts (id) on delete cascade,
    data          jsonb not null
);
create index passkeys_of_account on passkeys (account_id);

-- Challenges of passkey ceremonies; each is good for one answer. account_id: who adds a passkey; null for a sign-in.
create table passkey_challenges (
    hash       bytea       primary key check (length(hash) = 32),
    account_id uuid        references accounts (id) on delete cascade,
    state      text        not null,
    expires_at timestamptz not null
);
create index passkey_challenges_by_end on passkey_challenges (expires_at);

-- Shown once; only their hashes are here.
create table recovery_codes (
    account_id uuid  not null references accounts (id) on delete cascade,
    hash       bytea not null check (length(hash) = 32),
    primary key (account_id, hash)
);
