-- What a group asks of cameras: optional, expected, off.
alter table groups drop constraint groups_camera_check;
update groups set camera = 'expected' where camera in ('required', 'encouraged');
alter table groups add constraint groups_camera_check check (camera in ('optional', 'expected', 'off'));
