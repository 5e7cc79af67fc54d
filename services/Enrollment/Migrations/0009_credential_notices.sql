-- Which ends of credentials were told, by the day on which the credential ends: a renewal has another.
create table credential_notices (
    credential_id uuid        not null,
    valid_to      date        not null,
    days          integer     not null,
    at            timestamptz not null,
    primary key (credential_id, valid_to, days)
);
