-- A raised hand is the number of its event in the room's stream, so that hands keep the order in which they went up.
alter table participants add column hand_seq bigint;
update participants set hand_seq = admitted_seq where hand;
alter table participants drop column hand;

-- Since when a participant waits without a break; null for all others.
alter table participants add column waiting_since timestamptz;

-- The end that facilitators extended to, the end that was announced last, and the participant who was last announced as the lead.
alter table sessions add column extended_to timestamptz, add column ending_told_for timestamptz, add column lead_id uuid;

-- Messages that their authors took back: nobody gets their text again, staff included.
create table retracted_messages (
    session_id uuid        not null,
    stream     text        not null,
    seq        bigint      not null,
    at         timestamptz not null,
    primary key (session_id, stream, seq),
    foreign key (session_id, stream, seq) references room_events (session_id, stream, seq)
);
revoke update, delete, truncate on retracted_messages from ${app};

-- What facilitators were given about a member in an emergency: which fields, never their content. The member reads it; the reason is sealed with the session.
create table disclosures (
    disclosure_id  uuid        primary key,
    session_id     uuid        not null references sessions (session_id),
    participant_id uuid        not null,
    member_id      uuid        not null,
    by_account     uuid        not null,
    by_name        text        not null,
    given          text[]      not null,
    reason         bytea,
    at             timestamptz not null
);
create index disclosures_of_a_member on disclosures (member_id, at, disclosure_id);
create index disclosures_of_a_session on disclosures (session_id, at, disclosure_id);
revoke update, delete, truncate on disclosures from ${app};
