-- Accounts, their sign-ins, invitations, and the keys that sign people's access tokens.

-- The columns of ASP.NET Core Identity's user that we use, and ours: roles and practices, whose every change raises version.
create table accounts (
    id                 uuid        primary key,
    email              text        not null check (length(email) between 3 and 254),
    normalized_email   text        not null,
    display_name       text        not null check (length(display_name) between 1 and 100),
    password_hash      text,
    security_stamp     text        not null,
    concurrency_stamp  text        not null,
    two_factor_enabled boolean     not null default false,
    failed_sign_ins    integer     not null default 0 check (failed_sign_ins >= 0),
    locked_until       timestamptz,
    roles              text[]      not null check (cardinality(roles) > 0 and roles <@ array['member', 'facilitator', 'operator']),
    practices          text[]      not null default '{}',
    version            bigint      not null check (version > 0),
    created_at         timestamptz not null
);
create unique index one_account_per_email on accounts (normalized_email);

-- A sign-in is what an access token's sid names; it ends at ends_at at the latest. by_cookie: its tokens live in a cookie only.
create table sign_ins (
    id         uuid        primary key,
    account_id uuid        not null references accounts (id),
    by_cookie  boolean     not null,
    started_at timestamptz not null,
    ends_at    timestamptz not null,
    revoked_at timestamptz,
    check (ends_at > started_at)
);
create index sign_ins_of_account on sign_ins (account_id) where revoked_at is null;
create index sign_ins_by_revocation on sign_ins (revoked_at) where revoked_at is not null;
create index sign_ins_by_end on sign_ins (ends_at);

-- Only hashes. A used token is kept as long as its sign-in, so that its replay is recognised.
create table refresh_tokens (
    hash       bytea       primary key check (length(hash) = 32),
    sign_in_id uuid        not null references sign_ins (id) on delete cascade,
    issued_at  timestamptz not null,
    used_at    timestamptz
);
create index refresh_tokens_of_sign_in on refresh_tokens (sign_in_id);

-- What an account gets once the invited person accepts. invited_by is null for the first operator of a deployment.
create table invitations (
    id         uuid        primary key,
    hash       bytea       not null unique check (length(hash) = 32),
    account_id uuid        not null references accounts (id),
    roles      text[]      not null check (cardinality(roles) > 0 and roles <@ array['facilitator', 'operator']),
    practices  text[]      not null,
    invited_by uuid,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at    timestamptz
);
create unique index one_open_invitation_per_account on invitations (account_id) where used_at is null;

-- The private half is encrypted with a key that lies outside the database.
create table signing_keys (
    kid        text        primary key,
    x          text        not null,
    y          text        not null,
    sealed     bytea       not null,
    signs_from timestamptz not null unique,
    made_at    timestamptz not null
);
