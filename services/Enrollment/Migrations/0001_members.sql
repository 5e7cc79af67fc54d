-- Who members are and where they live. A residence is never overwritten: the row recorded last is the one in force.

create table members (
    id                uuid        primary key,
    legal_name        text        not null,
    date_of_birth     date        not null,
    phone             text        not null,
    time_zone         text,
    language          text,
    contact_name      text        not null,
    contact_phone     text        not null,
    contact_relation  text        not null,
    updated_at        timestamptz not null
);

create table residences (
    id           uuid        primary key,
    member_id    uuid        not null,
    jurisdiction text        not null,
    since        date,
    line1        text,
    city         text,
    state        text,
    postal_code  text,
    postal_state text,
    country      text,
    evidence     text,
    recorded_at  timestamptz not null,
    recorded_by  text        not null
);
create index residences_of_a_member on residences (member_id, recorded_at desc, id desc);
create trigger residences_are_append_only before update or delete or truncate on residences
    for each statement execute function refuse_change();
revoke update, delete, truncate on residences from ${app};

create table facilitators (
    id           uuid        primary key,
    display_name text        not null,
    profession   text        not null,
    location     text        not null,
    practices    text[]      not null,
    version      bigint      not null,
    updated_at   timestamptz not null
);

-- A credential's versions; the greatest is in force, the others are its history.
create table credentials (
    id             uuid        not null,
    version        integer     not null check (version > 0),
    facilitator_id uuid        not null references facilitators (id),
    kind           text        not null,
    jurisdiction   text        not null,
    type           text,
    status         text        not null,
    valid_from     date        not null,
    valid_to       date        not null,
    encumbered     boolean     not null,
    compact        text,
    home_state     text,
    evidence       text,
    recorded_at    timestamptz not null,
    recorded_by    text        not null,
    primary key (id, version),
    constraint credentials_end_after_they_begin check (valid_to >= valid_from)
);
create index credentials_of_a_facilitator on credentials (facilitator_id);
create trigger credentials_are_append_only before update or delete or truncate on credentials
    for each statement execute function refuse_change();
revoke update, delete, truncate on credentials from ${app};
