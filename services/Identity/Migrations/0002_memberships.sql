-- A membership is a role in one practice. "member" belongs to no practice: it stays with the account.
create table memberships (
    account_id uuid        not null references accounts (id),
    practice   text        not null check (practice ~ '^[a-z][a-z0-9-]{1,39}$'),
    role       text        not null check (role in ('facilitator', 'operator')),
    since      timestamptz not null,
    invited_by uuid,
    primary key (account_id, practice, role)
);
create index memberships_of_practice on memberships (practice);
insert into memberships (account_id, practice, role, since)
    select a.id, p, r, a.created_at from accounts a, unnest(a.practices) p, unnest(a.roles) r where r <> 'member' and a.password_hash is not null;

alter table accounts add column is_member boolean not null default false;
update accounts set is_member = 'member' = any(roles);
alter table accounts drop column roles, drop column practices;

-- An invitation belongs to one practice. Those of several practices end: they gave more than their practice could.
alter table invitations add column practice text;
update invitations set practice = practices[1] where cardinality(practices) = 1;
delete from invitations where practice is null;
alter table invitations alter column practice set not null, drop column practices;
alter table invitations drop constraint invitations_hash_key;
create index invitations_by_hash on invitations (hash);
drop index one_open_invitation_per_account;
create unique index one_open_invitation_per_account_and_practice on invitations (account_id, practice) where used_at is null;
