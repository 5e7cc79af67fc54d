-- The history of a group's seats reads its ended enrollments too.
create index enrollments_of_a_group on enrollments (group_id);
