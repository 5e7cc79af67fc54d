-- The plan: which groups there are and when each of them meets. What happens in a room is Room's.

-- Compares a facilitator's id for equality inside an exclusion constraint; a trusted extension, so the schema's owner may add it.
create extension if not exists btree_gist;

create table jurisdictions (
    code text primary key
);

create table practices (
    id           text primary key check (id ~ '^[a-z][a-z0-9-]{0,39}$'),
    display_name text not null,
    time_zone    text not null
);

-- Where a practice offers a class of service: what the catalogue prints. The authority is Enrollment's published rule set, whose event replaces these rows.
create table practice_offers (
    practice      text not null references practices (id),
    service_class text not null,
    jurisdiction  text not null references jurisdictions (code),
    primary key (practice, service_class, jurisdiction)
);

-- Since when these offers hold: an older event changes nothing.
create table offers_version (
    only_row boolean     primary key default true check (only_row),
    at       timestamptz not null
);

-- Public professional cards, as Enrollment reported them. The id is the account's.
create table facilitators (
    id           uuid   primary key,
    display_name text   not null,
    profession   text   not null,
    practices    text[] not null,
    credentials  text[] not null,
    version      bigint not null
);

create table groups (
    id                  uuid        primary key,
    practice            text        not null references practices (id),
    name                text        not null,
    topic               text        not null,
    service_class       text        not null check (service_class in ('psychotherapy_group', 'psychotherapy_individual', 'skills_education', 'intake')),
    summary             text        not null,
    capacity            integer     not null check (capacity between 1 and 500),
    minimum_age         integer     not null check (minimum_age between 0 and 120),
    modality            text        not null check (modality in ('video', 'in_person')),
    part2               boolean     not null,
    intake_first        boolean     not null,
    lead_facilitator_id uuid        not null references facilitators (id),
    co_facilitator_ids  uuid[]      not null,
    starts_on           date        not null,
    local_time          text        not null check (local_time ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
    time_zone           text        not null,
    duration_minutes    integer     not null check (duration_minutes between 15 and 480),
    weeks               integer     check (weeks between 1 and 104),
    program             jsonb       not null,
    camera              text        not null check (camera in ('required', 'encouraged', 'optional')),
    late_arrivals       boolean     not null,
    chat_retention_days integer     not null check (chat_retention_days between 0 and 3650),
    minimum_quorum      integer     not null check (minimum_quorum between 1 and 500),
    -- First week that has no session row yet; null once the series is complete or the group is closed.
    next_week           integer     check (next_week >= 0),
    series_ends_at      timestamptz,
    closed_at           timestamptz,
    version             bigint      not null check (version > 0),
    created_at          timestamptz not null,
    constraint a_closed_series_is_not_continued check (closed_at is null or next_week is null)
);
create index groups_with_weeks_to_come on groups (id) where next_week is not null;
create index groups_by_lead on groups (lead_facilitator_id);
create index groups_by_co_facilitator on groups using gin (co_facilitator_ids);

create table sessions (
    id                  uuid        primary key,
    group_id            uuid        not null references groups (id),
    -- The day of the series that this session is for; a moved session keeps it.
    local_date          date        not null,
    starts_at           timestamptz not null,
    ends_at             timestamptz not null,
    time_zone           text        not null,
    lead_facilitator_id uuid        not null,
    co_facilitator_ids  uuid[]      not null,
    cancelled_at        timestamptz,
    cancel_reason       text,
    version             bigint      not null check (version > 0),
    created_at          timestamptz not null,
    -- What calendars count: grows when time or status change, and only then.
    sequence            integer     not null default 0,
    replanned_at        timestamptz not null,
    constraint one_session_per_group_and_day unique (group_id, local_date),
    constraint a_session_has_an_extent check (ends_at > starts_at)
);
create index sessions_by_group_and_time on sessions (group_id, starts_at);
create index sessions_by_lead on sessions (lead_facilitator_id, starts_at);
create index sessions_by_co_facilitator on sessions using gin (co_facilitator_ids);

-- When a facilitator is busy. Only sessions that are still to take place have rows: what is cancelled, closed or over blocks nobody.
create table bookings (
    session_id     uuid      not null references sessions (id),
    facilitator_id uuid      not null,
    during         tstzrange not null,
    primary key (session_id, facilitator_id),
    constraint one_session_at_a_time exclude using gist (facilitator_id with =, during with &&)
);

-- Facilitators who were replaced in a session: their calendars show it as cancelled until its time has passed.
create table replaced_staff (
    session_id     uuid        not null references sessions (id),
    facilitator_id uuid        not null,
    is_away        boolean     not null,
    changes        integer     not null check (changes > 0),
    changed_at     timestamptz not null,
    primary key (session_id, facilitator_id)
);
create index replaced_staff_by_facilitator on replaced_staff (facilitator_id);

-- What other services reported. No foreign keys: a report may come before the thing it is about.
create table seat_counts (
    group_id uuid    primary key,
    capacity integer not null,
    taken    integer not null,
    version  bigint  not null
);

create table session_phases (
    session_id uuid   primary key,
    phase      text   not null check (phase in ('scheduled', 'open', 'live', 'held', 'ended')),
    version    bigint not null
);

create table enrollments (
    id           uuid        primary key,
    group_id     uuid        not null,
    member_id    uuid        not null,
    confirmed_at timestamptz,
    ended_at     timestamptz,
    version      bigint      not null
);
create index enrollments_by_member on enrollments (member_id);

-- Where a group's members live and who may serve them there, as Enrollment reported it last: substitutes are ranked by it.
create table coverages (
    group_id     uuid   primary key,
    members      jsonb  not null,
    facilitators jsonb  not null,
    version      bigint not null
);
comment on column coverages.members is 'Counts by jurisdiction, never names.';
comment on column coverages.facilitators is 'Per facilitator the jurisdictions served, each with from and until.';

-- The last loss of a facilitator that was answered with substitutes, by the version of the session's phases: one search per loss.
create table substitute_searches (
    session_id uuid        primary key,
    version    bigint      not null,
    sought_at  timestamptz not null
);

-- One calendar address per account. The secret in the address is kept as its SHA-256 only.
create table calendar_feeds (
    account_id  uuid        primary key,
    secret_hash bytea       not null unique check (length(secret_hash) = 32),
    created_at  timestamptz not null
);

-- The two practices and where they offer what.
insert into jurisdictions (code) values
    ('US-AL'), ('US-AK'), ('US-AZ'), ('US-AR'), ('US-CA'), ('US-CO'), ('US-CT'), ('US-DE'), ('US-FL'), ('US-GA'), ('US-HI'), ('US-ID'),
    ('US-IL'), ('US-IN'), ('US-IA'), ('US-KS'), ('US-KY'), ('US-LA'), ('US-ME'), ('US-MD'), ('US-MA'), ('US-MI'), ('US-MN'), ('US-MS'),
    ('US-MO'), ('US-MT'), ('US-NE'), ('US-NV'), ('US-NH'), ('US-NJ'), ('US-NM'), ('US-NY'), ('US-NC'), ('US-ND'), ('US-OH'), ('US-OK'),
    ('US-OR'), ('US-PA'), ('US-RI'), ('US-SC'), ('US-SD'), ('US-TN'), ('US-TX'), ('US-UT'), ('US-VT'), ('US-VA'), ('US-WA'), ('US-WV'),
    ('US-WI'), ('US-WY'), ('US-DC'),
    ('US-PR'), ('US-GU'), ('US-VI'), ('US-AS'), ('US-MP'), ('US-UM'), ('FOREIGN'), ('UNKNOWN');

insert into practices (id, display_name, time_zone) values
    ('grouport', 'Grouport', 'America/New_York'),
    ('chicago', 'Chicago Psychology Group', 'America/Chicago');

insert into practice_offers (practice, service_class, jurisdiction)
select 'grouport', class, place
from unnest(array['psychotherapy_group', 'psychotherapy_individual', 'intake']) class, unnest(array['US-FL', 'US-NY', 'US-NJ']) place;

-- The skills group is education, not treatment: the fifty states and the capital.
insert into practice_offers (practice, service_class, jurisdiction)
select 'grouport', 'skills_education', code from jurisdictions
where code like 'US-%' and code not in ('US-PR', 'US-GU', 'US-VI', 'US-AS', 'US-MP', 'US-UM');

insert into practice_offers (practice, service_class, jurisdiction)
select 'chicago', class, place
from unnest(array['psychotherapy_group', 'psychotherapy_individual', 'intake']) class, unnest(array['US-IL', 'US-KS', 'US-FL']) place;
