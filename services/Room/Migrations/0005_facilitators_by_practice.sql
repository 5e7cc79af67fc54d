-- A facilitator is one in some practices. Null: told before practices were, and right wherever a practice has put them.
alter table account_roles add column facilitator_in text[];
