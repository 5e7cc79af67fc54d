-- A picture in several sizes whose first packets were blocked: the media server has not learned which size is which, and never will on that connection.
alter table media_peers add column began_dark boolean not null default false;
