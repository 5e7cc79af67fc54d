-- Counts how often a node was given its lease anew. What was asked in one term of a node does not count in the next.
alter table nodes add column term bigint not null default 1;
