-- People meet in a place: the session has no lobby and nobody joins it; its facilitators record who came.
alter table sessions add column in_person boolean not null default false;
