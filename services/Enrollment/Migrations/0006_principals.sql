-- Whose word an operator's act repeated when it was done: a second operator must repeat another's.
alter table rule_sets add column principals uuid[] not null default '{}';
alter table overrides add column principals uuid[] not null default '{}';
alter table rule_set_withdrawals add column principals uuid[] not null default '{}';
