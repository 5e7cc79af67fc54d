-- In which practices an account is a facilitator, as Identity tells. It comes before and after the facilitator's own row.
create table staff_accounts (
    account_id     uuid   primary key,
    facilitator_in text[] not null,
    version        bigint not null
);
