-- A mail that a server took and sent back later names itself, not its address: what the mail went to is kept as its keyed hash.
alter table mails add address_hash bytea;
alter table mails drop constraint mails_state_check;
alter table mails add constraint mails_state_check check (state in ('waiting', 'sending', 'sent', 'refused', 'bounced', 'in-doubt', 'dropped', 'merged'));

-- That a server takes a mail says nothing about an address whose mails came back later.
alter table bounces add late boolean not null default false;
