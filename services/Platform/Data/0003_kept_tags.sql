-- The tag that an answer carried: its replay carries it too.
alter table idempotency_keys add column etag text;
