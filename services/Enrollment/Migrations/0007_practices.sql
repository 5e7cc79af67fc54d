-- Practices as Scheduling tells of them.
create table practices (
    id      text   primary key,
    name    text   not null,
    version bigint not null
);

-- A practice may have a text of its own in the place of the common one (''). Numbers are given once per document over all practices.
alter table consent_documents add column practice text not null default '';
drop index one_current_version_per_document;
create unique index one_current_version_per_document_and_practice on consent_documents (practice, document) where current;
grant insert, update (current) on consent_documents to ${app};
