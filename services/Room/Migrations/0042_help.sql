-- When the allowance of calls for help is whole again: three in a minute, then they are merged.
alter table participants add column help_refilled_at timestamptz;
