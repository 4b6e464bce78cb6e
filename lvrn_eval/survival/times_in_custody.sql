-- How many people are in custody on their first day.
select count(distinct people.person_id) as people
from people
inner join custody on people.person_id = custody.person_id
where
    cast(custody.starts_on as date) <= $start
    and coalesce(cast(custody.ends_on as date), $end + 1) > $start
