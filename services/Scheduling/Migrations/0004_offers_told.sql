-- As of when the catalogue's offers were told: news that come late change nothing.
create table offers_told (
    only_row boolean     primary key default true check (only_row),
    at       timestamptz not null
);
