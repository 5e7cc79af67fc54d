-- Mails to people and what they are about. Sessions, groups, enrollments and staff are reports of their owners, by version, without foreign keys: a report
-- may come before the one it builds on.

create table practices (
    id        text   primary key,
    name      text   not null,
    time_zone text   not null,
    version   bigint not null
);

-- As Scheduling has them from its first migration on; every later one is told by PracticeChanged.
insert into practices (id, name, time_zone, version) values
    ('grouport', 'Grouport', 'America/New_York', 0),
    ('chicago', 'Chicago Psychology Group', 'America/Chicago', 0);

create table groups (
    id       uuid    primary key,
    practice text    not null,
    staff    uuid[]  not null,
    closed   boolean not null,
    version  bigint  not null
);

create table sessions (
    id           uuid        primary key,
    group_id     uuid        not null,
    practice     text        not null,
    starts_at    timestamptz not null,
    ends_at      timestamptz not null,
    time_zone    text        not null,
    staff        uuid[]      not null,
    lead_id      uuid        not null,
    in_person    boolean     not null,
    venue        text,
    -- What calendars count, and when it grew.
    sequence     integer     not null,
    replanned_at timestamptz not null,
    cancelled    boolean     not null,
    version      bigint      not null,
    -- The version at which the time last changed: reminders and notices of a move belong to it.
    time_version bigint      not null,
    changed_at   timestamptz not null
);
create index sessions_by_group on sessions (group_id, starts_at);

create table enrollments (
    id           uuid   primary key,
    group_id     uuid   not null,
    member_id    uuid   not null,
    status       text   not null,
    confirmed_at timestamptz,
    ended_at     timestamptz,
    version      bigint not null
);
create index enrollments_by_group on enrollments (group_id) where confirmed_at is not null and ended_at is null;
create index enrollments_by_member on enrollments (member_id);

create table staff (
    account_id uuid   not null,
    practice   text   not null,
    roles      text[] not null,
    primary key (account_id, practice)
);
create index staff_by_practice on staff (practice);

create table staff_versions (
    account_id uuid   primary key,
    version    bigint not null
);

create table absences (
    session_id uuid    not null,
    account_id uuid    not null,
    away       boolean not null,
    version    bigint  not null,
    primary key (session_id, account_id)
);

-- What a person has chosen here; null where they left it to their profile.
create table preferences (
    account_id uuid primary key,
    language   text check (language in ('en', 'es')),
    time_zone  text,
    quiet_from text check (quiet_from ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
    quiet_to   text check (quiet_to ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
    "off"      text[] not null default '{}',
    constraint quiet_hours_have_both_ends check ((quiet_from is null) = (quiet_to is null))
);

-- Language and zone of a member's profile as Enrollment last said.
create table profiles (
    account_id uuid        primary key,
    language   text,
    time_zone  text,
    read_at    timestamptz not null
);

-- One row for each mail there ever is: the business key makes it at most one.
create table mails (
    id           uuid        primary key,
    kind         text        not null,
    business_key text        not null,
    -- Null for a mail to an address that has no account yet: Identity knows it.
    account_id   uuid,
    -- Whose operators see it in the log; null for mails about the account itself.
    practice     text,
    facts        jsonb       not null,
    state        text        not null check (state in ('waiting', 'sending', 'sent', 'refused', 'in-doubt', 'dropped', 'merged')),
    attempts     integer     not null default 0,
    -- A code: never the server's words, which may repeat the address.
    error        text,
    merged_into  uuid,
    created_at   timestamptz not null,
    due_at       timestamptz not null,
    useful_until timestamptz not null,
    changed_at   timestamptz not null,
    constraint one_mail_per_business_key unique (business_key)
);
create index mails_of_practice on mails (practice, id desc);
create index mails_of_account on mails (account_id, kind) where state = 'waiting';
create index mails_merged on mails (merged_into) where merged_into is not null;
create index mails_by_age on mails (created_at);

-- Addresses that a server refused for good, as keyed hashes.
create table bounces (
    address_hash bytea       primary key,
    account_id   uuid,
    code         text        not null,
    at           timestamptz not null
);
