-- When facilitators can be booked, and what they need between two sessions.
create table availabilities (
    facilitator_id uuid        primary key references facilitators (id),
    time_zone      text        not null,
    weekly         jsonb       not null,
    -- Classes that members book by themselves, each with its length.
    bookable       jsonb       not null,
    break_minutes  integer     not null check (break_minutes between 0 and 120),
    travel_minutes integer     not null check (travel_minutes between 0 and 240),
    notice_hours   integer     not null check (notice_hours between 0 and 720),
    horizon_days   integer     not null check (horizon_days between 1 and 366),
    version        bigint      not null check (version > 0),
    changed_at     timestamptz not null
);
comment on column availabilities.weekly is 'Times of the week, on the wall clock of time_zone.';

create table time_off (
    id             uuid        primary key,
    facilitator_id uuid        not null references facilitators (id),
    starts_at      timestamptz not null,
    ends_at        timestamptz not null,
    constraint time_off_has_an_extent check (ends_at > starts_at)
);
create index time_off_by_facilitator on time_off (facilitator_id, ends_at);

-- The time that a session takes of a facilitator: with the break after it, and the way there and back where people meet in person.
create function booked_time(p_facilitator uuid, p_from timestamptz, p_until timestamptz, p_in_person boolean) returns tstzrange language sql stable as $$
    select tstzrange(
        p_from - make_interval(mins => case when p_in_person then coalesce(max(a.travel_minutes), 0) else 0 end),
        p_until + make_interval(mins => greatest(coalesce(max(a.break_minutes), 0), case when p_in_person then coalesce(max(a.travel_minutes), 0) else 0 end)))
    from availabilities a where a.facilitator_id = p_facilitator
$$;
grant execute on function booked_time to ${app};
