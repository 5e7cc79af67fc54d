-- The two practices and where they offer what. A third practice is rows like these.

insert into jurisdictions (code) values
    ('US-AL'), ('US-AK'), ('US-AZ'), ('US-AR'), ('US-CA'), ('US-CO'), ('US-CT'), ('US-DE'), ('US-FL'), ('US-GA'), ('US-HI'), ('US-ID'),
    ('US-IL'), ('US-IN'), ('US-IA'), ('US-KS'), ('US-KY'), ('US-LA'), ('US-ME'), ('US-MD'), ('US-MA'), ('US-MI'), ('US-MN'), ('US-MS'),
    ('US-MO'), ('US-MT'), ('US-NE'), ('US-NV'), ('US-NH'), ('US-NJ'), ('US-NM'), ('US-NY'), ('US-NC'), ('US-ND'), ('US-OH'), ('US-OK'),
    ('US-OR'), ('US-PA'), ('US-RI'), ('US-SC'), ('US-SD'), ('US-TN'), ('US-TX'), ('US-UT'), ('US-VT'), ('US-VA'), ('US-WA'), ('US-WV'),
    ('US-WI'), ('US-WY'), ('US-DC'),
    ('US-PR'), ('US-GU'), ('US-VI'), ('US-AS'), ('US-MP'), ('US-UM'), ('FOREIGN'), ('UNKNOWN');

insert into practices (id, display_name, time_zone) values
    ('grouport', 'Grouport', 'America/New_York'),
    ('chicago', 'Chicago Psychology Group', 'America/Chicago');

insert into practice_offers (practice, service_class, jurisdiction)
select 'grouport', class, place
from unnest(array['psychotherapy_group', 'psychotherapy_individual', 'intake']) class, unnest(array['US-FL', 'US-NY', 'US-NJ']) place;

-- The skills group is education and no treatment: the fifty states and the capital.
insert into practice_offers (practice, service_class, jurisdiction)
select 'grouport', 'skills_education', code from jurisdictions
where code like 'US-%' and code not in ('US-PR', 'US-GU', 'US-VI', 'US-AS', 'US-MP', 'US-UM');

insert into practice_offers (practice, service_class, jurisdiction)
select 'chicago', class, place
from unnest(array['psychotherapy_group', 'psychotherapy_individual', 'intake']) class, unnest(array['US-IL', 'US-KS', 'US-FL']) place;
