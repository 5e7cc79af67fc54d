-- A deadline that cannot be met is put off, longer each time, so that those behind it are met.
alter table deadlines
    add column failures integer not null default 0 check (failures >= 0),
    add column retry_at timestamptz;
