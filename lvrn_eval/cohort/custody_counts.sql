-- What the custody records hold about these people.
select
    count(*) as spells,
    count(distinct windows.person_id) as people,
    count(*) filter (where custody.ends_on is null) as open_spells
from custody
inner join windows on custody.person_id = windows.person_id
