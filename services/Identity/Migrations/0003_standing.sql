-- A second operator stands behind a role that one operator gave.
alter table memberships add column approved_by uuid, add constraint two_operators check (approved_by is null or approved_by <> invited_by);
