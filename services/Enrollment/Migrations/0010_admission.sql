-- Until when a group takes new members, and for whom its seat is reserved: who booked it.
alter table seat_groups add column admits_until timestamptz, add column reserved_for uuid;
