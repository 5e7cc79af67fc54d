-- What the inviter wrote: an account that was there before shows nothing of itself until its person has accepted.
alter table invitations add column email text, add column display_name text;
