-- Of how many of these people no month of birth is known, and how many come of age within their windows or after them.
select
    count(*) as people,
    count(*) filter (where people.birth_month is null) as no_month,
    count(*) filter (
        where cast($of_age_on as date) > coalesce(windows.before_from, windows.before_to)
    ) as under_age
from windows
inner join people on windows.person_id = people.person_id
