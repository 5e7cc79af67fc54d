create table things (
    id       uuid        primary key,
    label    text        not null,
    only_one text        unique deferrable initially deferred,
    made_at  timestamptz not null
);

-- What the toy endpoint does with a label, beside making the thing.
create table rules (
    label text primary key,
    act   text not null
);

-- Whoever holds the advisory lock of a label holds up the commit of its things.
create function wait_for_label() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock(hashtext(new.label));
    return null;
end $$;

create constraint trigger things_wait_for_their_label after insert on things
    deferrable initially deferred for each row execute function wait_for_label();

-- "a pot@north" belongs to the practice north.
create or replace function practice_of(id uuid) returns text language sql stable security definer set search_path = public as $$
    select nullif(split_part(label, '@', 2), '') from things where things.id = $1
$$;
