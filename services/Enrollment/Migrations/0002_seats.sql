-- Groups as Scheduling published them, their seats, and who has one.

create table seat_groups (
    group_id       uuid        primary key,
    practice       text        not null,
    name           text,
    service_class  text        not null,
    minimum_age    integer     not null,
    part2          boolean     not null,
    intake_first   boolean     not null,
    lead_id        uuid        not null,
    co_ids         uuid[]      not null,
    series_ends_at timestamptz,
    closed         boolean     not null,
    group_version  bigint      not null,
    capacity       integer     not null check (capacity > 0),
    taken          integer     not null default 0 check (taken >= 0),
    version        bigint      not null default 1
);

-- Capacity lowered below the number seated puts nobody out, so a plain check cannot say it: a seat may not be *taken* beyond capacity.
create function seats_are_never_oversold() returns trigger language plpgsql as $$
begin
    raise exception 'no seat left in group %', new.group_id using errcode = 'check_violation', constraint = 'seats_are_never_oversold';
end $$;
create trigger seats_are_never_oversold before update on seat_groups
    for each row when (new.taken > old.taken and new.taken > new.capacity) execute function seats_are_never_oversold();

create table planned_sessions (
    session_id uuid        primary key,
    group_id   uuid        not null,
    starts_at  timestamptz not null,
    ends_at    timestamptz not null,
    modality   text        not null,
    lead_id    uuid        not null,
    co_ids     uuid[]      not null,
    cancelled  boolean     not null,
    version    bigint      not null
);
create index planned_sessions_of_a_group on planned_sessions (group_id, starts_at);

create sequence places_in_line;

-- One row per stay: coming back is a new row.
create table enrollments (
    id               uuid        primary key,
    group_id         uuid        not null references seat_groups (group_id),
    member_id        uuid        not null,
    status           text        not null check (status in ('reserved', 'enrolled', 'waitlisted', 'offered', 'held', 'ended')),
    seat_held_until  timestamptz,
    offer_expires_at timestamptz,
    place_in_line    bigint      not null default nextval('places_in_line'),
    passed_until     timestamptz,
    end_reason       text,
    note             text,
    decision_id      uuid        not null,
    created_at       timestamptz not null,
    changed_at       timestamptz not null,
    version          bigint      not null default 1,
    constraint a_reservation_has_a_deadline check (status <> 'reserved' or seat_held_until is not null),
    constraint an_offer_has_a_deadline check (status <> 'offered' or offer_expires_at is not null),
    constraint an_end_has_a_reason check (status <> 'ended' or end_reason is not null)
);
comment on column enrollments.note is 'Why, in the words of the member who left or the operator who settled a held case. Never leaves this database but to operators.';
create unique index one_live_seat_per_member on enrollments (group_id, member_id) where status <> 'ended';
create index reservations_by_deadline on enrollments (seat_held_until) where status = 'reserved';
create index offers_by_deadline on enrollments (offer_expires_at) where status = 'offered';
create index the_line on enrollments (group_id, place_in_line) where status = 'waitlisted';
create index enrollments_of_a_member on enrollments (member_id);

create table consent_documents (
    document text    not null,
    version  integer not null,
    title    text    not null,
    text     text    not null,
    current  boolean not null,
    primary key (document, version)
);
create unique index one_current_version_per_document on consent_documents (document) where current;

create table consents (
    enrollment_id uuid        not null references enrollments (id),
    member_id     uuid        not null,
    document      text        not null,
    version       integer     not null,
    given_at      timestamptz not null,
    primary key (enrollment_id, document, version),
    foreign key (document, version) references consent_documents (document, version)
);
create trigger consents_are_append_only before update or delete or truncate on consents
    for each statement execute function refuse_change();
revoke update, delete, truncate on consents from ${app};
revoke insert, update, delete, truncate on consent_documents from ${app};

insert into consent_documents (document, version, title, text, current) values
('telehealth', 1, 'Meeting by video',
 'Our group meets by video. Video can fail, and it is not right for an emergency: in one, call 911, or call or text 988. I will say where I am each time I join, because the law looks at where I am during the session. I can stop at any time.', true),
('group-confidentiality', 1, 'What is said here stays here',
 'I will not tell anybody outside who is in the group or what they said. The facilitator keeps the same confidence, with the exceptions the law makes for danger to somebody. I join from a place where nobody else can listen.', true),
('no-recording', 1, 'Nothing is recorded',
 'I will not record, photograph or capture any part of a session, and I will not let anybody or any program do it for me. Nothing is recorded by the practice either.', true),
('group-rules', 1, 'How we treat each other',
 'I come on time, I speak for myself, I let others finish, and I respect who they are. The facilitator may mute somebody, ask somebody to wait, or remove somebody so that the group stays safe.', true),
('part-2', 1, 'Records of substance use treatment',
 'Records of this group are protected by 42 CFR Part 2. I agree that the practice may use them for my treatment, for payment and for its own operations. I can take this back in writing at any time; what was shared before cannot be unshared.', true);
