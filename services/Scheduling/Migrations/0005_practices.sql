-- What a practice says about itself. Null: the values that a new practice starts with.
alter table practices
    add column topics            text[],
    add column policies          jsonb,
    add column contact           jsonb,
    add column crisis_lines      jsonb,
    add column consent_documents jsonb,
    add column version           bigint not null default 1 check (version > 0);
