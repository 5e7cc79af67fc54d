-- Accounts of an OpenID Connect provider that belong to ours, and sign-ins that are under way there.
create table external_logins (
    issuer     text        not null,
    subject    text        not null,
    account_id uuid        not null references accounts (id) on delete cascade,
    linked_at  timestamptz not null,
    primary key (issuer, subject)
);
create index external_logins_of_account on external_logins (account_id);

-- hash: of what the provider sends back and of what the browser keeps, so that neither is worth anything alone.
create table external_sign_ins (
    hash       bytea       primary key check (length(hash) = 32),
    nonce      text        not null,
    verifier   text        not null,
    return_to  text        not null,
    expires_at timestamptz not null
);
create index external_sign_ins_by_end on external_sign_ins (expires_at);
